import { attach, type Loop } from "anyrx/backend";
import { run } from "anyrx";
import type { LawBackend } from "anyrx/testing/laws";
import { GameLoop } from "../../demo/game-loop.ts";
import { exemptions } from "./exemptions.ts";
import { everyStyle, theLawsHold } from "./hold.ts";
import { handMade } from "./played.ts";
import { type Looseness, SteppedLoop } from "./stepped-loop.ts";

const game = handMade(
  "the guide's game loop",
  () => new GameLoop(),
  (loop) => loop,
  (loop) => {
    loop.tick(1);
  },
);

function stepped(name: string, loose: Looseness): LawBackend {
  return handMade(
    name,
    () => new SteppedLoop(loose),
    attach,
    (loop) => {
      loop.frame();
    },
  );
}

/** Node's own loop, with `defer` as it is. */
function node(name: string, defer: Loop["defer"]): LawBackend {
  const backend = attach({
    name,
    defer,
    now: () => performance.now(),
    arm: (delay, callback) => {
      const timer = setTimeout(callback, delay);
      return () => {
        clearTimeout(timer);
      };
    },
  });
  return { name, clock: "real", run: (main, signal) => run(main, { backend, signal }) };
}

for (const style of everyStyle) {
  theLawsHold(game, style, exemptions["game loop"]!);
  theLawsHold(stepped("an attached loop", {}), style, exemptions["attached"]!);
  theLawsHold(
    stepped("an attached loop that calls back at once, early and twice", { inside: true, early: 3, twice: true }),
    style,
    exemptions["attached"]!,
  );
  theLawsHold(
    node("Node's loop, attached", (callback) => setImmediate(callback)),
    style,
    exemptions["attached"]!,
  );
  if (style.name === "async" || style.name === "generator")
    theLawsHold(node("Node's microtasks, attached", queueMicrotask), style, exemptions["attached"]!);
}
