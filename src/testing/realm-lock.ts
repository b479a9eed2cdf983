/**
 * The realm lock: the globals of a realm can follow one virtual clock at a time.
 *
 * It is the same lock for every copy of the library in the realm. Whoever comes second waits for the first.
 *
 * @module
 */

const KEY = Symbol.for("anyrx.testing.realm");

interface Realm {
  /** Who has it. */
  holder: object | null;
  /** Who waits for it. */
  readonly waiting: (() => void)[];
}

function realm(): Realm {
  const global = globalThis as { [KEY]?: Realm };
  return (global[KEY] ??= { holder: null, waiting: [] });
}

/** Whether somebody else than `holder` has the realm. */
export function isTaken(): boolean {
  return realm().holder !== null;
}

/** Takes the realm, at once when it is free. The result gives it back. */
export function takeRealm(then: (giveBack: () => void) => void): void {
  const taken = realm();
  const take = (): void => {
    const holder = (taken.holder = {});
    then(() => {
      if (taken.holder !== holder) return;
      taken.holder = null;
      taken.waiting.shift()?.();
    });
  };
  if (taken.holder === null) take();
  else taken.waiting.push(take);
}
