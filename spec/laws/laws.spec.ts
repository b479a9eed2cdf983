import { type BackendName, type ContextMode, run } from "anyrx";
import { checkLaw, type Exemption, type Law, type LawBackend, laws, type Style, styles } from "anyrx/testing/laws";
import { operators } from "./operators.ts";

/** How many laws run at the same time on one engine. */
const CONCURRENCY = 8;
/** How long all of them may take there, in real ms. */
const LIMIT = 60_000;

const everyStyle: readonly Style[] = [...styles, operators];
const stillInVirtualTime: Exemption[] = [
  {
    law: "F5",
    title: "two tasks that exchange items for ever do not keep a timer from firing",
    reason: "the virtual clock stands still while anything can run",
  },
];

function engine(backend: BackendName, context?: ContextMode): LawBackend {
  return {
    name: context === undefined ? backend : `${backend}, ${context}`,
    clock: backend === "virtual" ? "exact" : "real",
    run: (main) => run(main, { backend, context }),
  };
}

/** What broke each law, if anything. */
async function checkAll(backend: LawBackend, style: Style): Promise<Map<Law, Error>> {
  const broken = new Map<Law, Error>();
  const queue = [...laws];
  const work = async () => {
    for (let law = queue.shift(); law !== undefined; law = queue.shift()) {
      try {
        await checkLaw(law, { backend, style });
      } catch (error) {
        broken.set(law, error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return broken;
}

function theLawsHold(backend: LawBackend, style: Style, exemptions: readonly Exemption[]): void {
  describe(`the laws on ${backend.name}, ${style.name} style`, () => {
    // Checked together, by the first that asks. Not in beforeAll: a stray error there would hide which law is broken.
    let all: Promise<Map<Law, Error>> | null = null;

    for (const law of laws) {
      const exemption = exemptions.find(({ law: id, title }) => law.id === id && law.title === title);
      it(
        `${law.id}: ${law.title}`,
        async () => {
          const error = (await (all ??= checkAll(backend, style))).get(law);
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

for (const style of everyStyle) {
  theLawsHold(engine("native"), style, []);
  theLawsHold(engine("rx"), style, []);
  theLawsHold(engine("virtual"), style, stillInVirtualTime);
  theLawsHold(engine("virtual", "strict"), style, stillInVirtualTime);
}
