/**
 * Select: waiting for several things at once, and taking exactly one.
 *
 * Each case waits with a waiter of its own, an arm. The arm that is settled first takes the other arms out of their queues in that very step, so
 * nothing else can be given to any of them.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import { shown } from "./checks.ts";
import { Operation } from "./operation.ts";
import type { Scope, Wave } from "./scope.ts";
import { FAILED, IDLE, PARKING, PENDING, SETTLED, Waiter, WAITING } from "./waiter.ts";

/** A stream, as far as `select` cares. */
export interface Receivable<T> {
  receive(): Operation<T>;
}

/** What can be selected over: an operation, or a stream to receive from. */
export type Selectable = Operation<unknown> | Receivable<unknown>;

type ValueOf<C> = C extends Operation<infer T> ? T : C extends Receivable<infer T> ? T : never;

/** What was selected: which case, and its value. With cases that are named, test the `key`, and the compiler knows the value. */
export type Selected<Cases> = Cases extends readonly Selectable[]
  ? { readonly key: number; readonly value: ValueOf<Cases[number]> }
  : { [K in keyof Cases]: { readonly key: K; readonly value: ValueOf<Cases[K]> } }[keyof Cases];

/** One case: its key and what it waits for. */
interface Case {
  readonly key: string | number;
  readonly operation: Operation<unknown>;
}

class Select<S> extends Operation<S> {
  private readonly cases: readonly Case[];

  constructor(cases: readonly Case[]) {
    super();
    this.cases = cases;
  }

  describe(): string {
    return `one of: ${this.cases.map(({ operation }) => operation.describe()).join("; ")}`;
  }

  override _attempt(scope: Scope): S | typeof PENDING {
    for (const { key, operation } of this.cases) {
      const value = operation._attempt(scope);
      if (value !== PENDING) return selected(key, value) as S;
    }
    return PENDING;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const arms = new Arms(waiter, scope);
    waiter._value = arms;
    for (const { key, operation } of this.cases) {
      if (arms.closed) return; // Parking one settled another.
      arms.reach(key, operation, scope);
    }
  }

  override _withdraw(_waiter: Waiter, arms: unknown, later: Wave["outsiders"]): void {
    (arms as Arms).close(null, later);
  }

  override _undo({ key, value }: { readonly key: string | number; readonly value: unknown } & S): void {
    this.cases.find((one) => one.key === key)?.operation._undo(value);
  }
}

/** The arms of one wait. */
class Arms {
  closed = false;
  readonly scope: Scope;
  private readonly whole: Waiter;
  private readonly arms: Arm[] = [];

  constructor(whole: Waiter, scope: Scope) {
    this.whole = whole;
    this.scope = scope;
  }

  reach(key: string | number, operation: Operation<unknown>, scope: Scope): void {
    const arm = new Arm(this, key);
    this.arms.push(arm);
    operation._startFor(arm, scope);
    // While it started, it was settled, or one that was there before. One that yields ends when the engine resumes it.
    if (this.closed || (arm._state !== WAITING && arm._source?._yields !== true)) this.end(arm);
  }

  /** `arm` was settled: it is the one. */
  end(arm: Arm): void {
    const later: Wave["outsiders"] = [];
    if (this.closed) arm.withdraw(later);
    else {
      const { _state: state, _value: value } = arm;
      arm._state = IDLE;
      this.close(arm, later);
      if (state === FAILED) this.whole._fail(value);
      else this.whole._settle(selected(arm.key, value));
    }
    for (const call of later) call();
  }

  /** Takes back all arms but `winner`. */
  close(winner: Arm | null, later: Wave["outsiders"]): void {
    this.closed = true;
    for (const arm of this.arms) if (arm !== winner) arm.withdraw(later);
  }
}

/** The wait of one case. The select as a whole is the member of the scope; an arm only knows which scope that is. */
class Arm extends Waiter {
  readonly key: string | number;
  private readonly arms: Arms;

  constructor(arms: Arms, key: string | number) {
    super();
    this.arms = arms;
    this.key = key;
  }

  override get _loose(): boolean {
    return false;
  }

  override _join(scope: Scope): void {
    if (scope === this.arms.scope) this._home = scope;
    else super._join(scope); // Bound to another scope, which can be cancelled alone.
  }

  override _part(): void {
    if (this._home === this.arms.scope) this._home = null;
    else super._part();
  }

  /** Only one that is bound elsewhere is told: of its own scope the whole is. */
  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    if (cancelled === null) return;
    // Not while the tree is walked: the other arms may be members, too.
    wave.outsiders.push(() => {
      const { _source: source, _value: note } = this;
      if (!this._fail(cancelled)) return;
      cancelled._delivered = true;
      const later: Wave["outsiders"] = [];
      source?._withdraw(this, note, later);
      for (const call of later) call();
    });
  }

  override _blocked(): void {
    // The whole is blocked.
  }

  protected override _goOn(): void {
    this.arms.end(this);
  }

  _resume(): void {
    if (this._state !== IDLE) this.arms.end(this); // It yielded. Else the whole has gone on.
  }

  withdraw(later: Wave["outsiders"]): void {
    const { _source: source, _state: state, _value: value } = this;
    if (state === PARKING) return; // It is looked at when it has parked.
    this._state = IDLE;
    this._part();
    if (state === WAITING) source?._withdraw(this, value, later);
    else if (state === SETTLED) source?._undo(value);
  }
}

function selected(key: string | number, value: unknown): { readonly key: string | number; readonly value: unknown } {
  return { key, value };
}

/**
 * Waits for whichever of several things comes first, and takes exactly that one. The others lose nothing: no item is received, no lock is taken
 * but the one that is given.
 *
 * When several are ready, the one that is listed first is taken: list what is urgent before what is plenty. A case that fails fails the
 * whole, a stream at its end with `EndOfStream`. For functions and other work, which cannot be left untouched once begun, there is `race`.
 * Sending to a stream and receiving from it in the same select may meet each other.
 *
 * *Checkpoint*: yes. *On cancel*: every case is withdrawn. *Fairness*: in each queue it stands like any other waiter.
 *
 * @param cases - Operations, or streams to receive from: an object, whose keys name them, or an array.
 * @returns The key and the value of the case that was taken.
 * @throws {TypeError} When there is no case, or one is neither an operation nor a stream; or when it is work with a body.
 * @example
 * import { createMemoryObjectStream, select, sleep } from "anyrx";
 * const [send, jobs] = createMemoryObjectStream<string>(1);
 * await send.send("sweep");
 * await select({ job: jobs, idle: sleep(100) }); // => { key: "job", value: "sweep" }
 * await select({ job: jobs, idle: sleep(1) }); // => { key: "idle", value: undefined }
 * @source Go's `select`, Python `asyncio.wait(…, FIRST_COMPLETED)`. Differs: what is not taken was never begun.
 */
export function select<const Cases extends { readonly [K in keyof Cases]: Selectable }>(
  cases: Cases,
): Operation<Selected<Cases>> {
  if (typeof cases !== "object" || (cases as unknown) === null) {
    throw new TypeError(
      `Cannot select over ${shown(cases)}: it has no cases; pass an object or an array of operations`,
    );
  }
  const list = Array.isArray(cases)
    ? Array.from(cases as readonly Selectable[], (what, key) => checkedCase(key, what))
    : Object.entries<Selectable>(cases).map(([key, what]) => checkedCase(key, what));
  if (list.length === 0) {
    throw new TypeError(
      "Cannot select over nothing: it would wait for ever; pass at least one case, or use sleepForever()",
    );
  }
  return new Select<Selected<Cases>>(list);
}

function checkedCase(key: string | number, what: Selectable): Case {
  const operation =
    !(what instanceof Operation) && typeof (what as Receivable<unknown> | null | undefined)?.receive === "function"
      ? what.receive()
      : what;
  if (!(operation instanceof Operation)) {
    throw new TypeError(
      `Cannot select over ${shown(operation)} (case "${String(key)}"): it is neither an operation nor a stream; pass one of these, such as abortable(() => promise)`,
    );
  }
  if (operation._joins) {
    throw new TypeError(
      `Cannot select over ${operation.describe()} (case "${String(key)}"): it is work, which cannot be left untouched once begun; use race(), or the handle of a task`,
    );
  }
  Operation._ran?.(operation); // It is run by the whole.
  return { key, operation };
}
