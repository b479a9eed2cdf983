/**
 * Holding an engine to the laws: one spec for each law.
 */

import { type BackendName, type ContextMode, run } from "anyrx";
import { checkLaw, type Exemption, type Law, type LawBackend, laws, type Style, styles } from "anyrx/testing/laws";
import { mayWait, onRealClock } from "../support/real-time.ts";
import { stillInVirtualTime } from "./exemptions.ts";
import { Lateness } from "./lateness.ts";
import { operators } from "./operators.ts";

export { stillInVirtualTime };

/** How many laws run at the same time on one engine. */
const CONCURRENCY = 16;
/** How long all of them may take there, in real ms. */
const LIMIT = 120_000;
/** From how many ms on a host is late: what it then says of a law is about itself. */
const LATE = 25;
/** For how many ms a law that fails on a late host is tried again. */
const PERSISTENCE = 60_000;

export const everyStyle: readonly Style[] = [...styles, operators];
export function engine(backend: BackendName, context?: ContextMode): LawBackend {
  return {
    name: context === undefined ? backend : `${backend}, ${context}`,
    clock: backend === "virtual" ? "exact" : "real",
    run: (main) => run(main, { backend, context }),
  };
}

async function brokenBy(law: Law, backend: LawBackend, style: Style): Promise<Error | undefined> {
  try {
    await checkLaw(law, { backend, style });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The same on a host that may be late: asked again until it was not. A law that is broken is so there as well. */
async function brokenInTime(law: Law, backend: LawBackend, style: Style): Promise<Error | undefined> {
  const end = performance.now() + PERSISTENCE;
  for (;;) {
    using lateness = new Lateness();
    const error = await brokenBy(law, backend, style);
    if (error === undefined || lateness.most < LATE || performance.now() > end) return error;
  }
}

/** What broke each law, if anything. On a real clock they wait together. */
async function checkAll(backend: LawBackend, style: Style): Promise<Map<Law, Error>> {
  const broken = new Map<Law, Error>();
  const queue = [...laws];
  const work = async () => {
    for (let law = queue.shift(); law !== undefined; law = queue.shift()) {
      const error = await brokenInTime(law, backend, style);
      if (error !== undefined) broken.set(law, error);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return broken;
}

export function theLawsHold(backend: LawBackend, style: Style, exemptions: readonly Exemption[]): void {
  describe(`the laws on ${backend.name}, ${style.name} style`, () => {
    // Checked together, by the first that asks. Not in beforeAll: a stray error there would hide which law is broken.
    let all: Promise<Map<Law, Error>> | null = null;

    for (const law of laws) {
      const exemption = exemptions.find(({ law: id, title }) => law.id === id && law.title === title);
      it(
        `${law.id}: ${law.title}`,
        async () => {
          if (backend.clock === "real")
            onRealClock(Infinity); // A law that fails is tried again, slower.
          else if (law.id === "F5") mayWait("it is about how long tasks keep others waiting");
          const error =
            backend.clock === "real"
              ? (await (all ??= checkAll(backend, style))).get(law)
              : await (law.id === "F5" && exemption === undefined ? brokenInTime : brokenBy)(law, backend, style);
          if (exemption === undefined) {
            if (error === undefined) expect(error).toBeUndefined();
            else fail(error.message); // Its stack leads into the kit.
          } else expect(error).withContext(`exempt, since ${exemption.reason}; now it holds`).toBeDefined();
        },
        LIMIT,
      );
    }
  });
}
