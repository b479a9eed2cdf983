/** The game's loop as an engine for the kit of laws. */

import { run } from "anyrx";
import type { LawBackend } from "anyrx/testing/laws";
import { GameLoop } from "./game-loop.ts";

/** Each program gets a game of its own, whose frames follow one another as fast as the host turns. */
export function gameLaws(make: () => GameLoop = () => new GameLoop()): LawBackend {
  return {
    name: make().name,
    run(main, signal) {
      const game = make();
      let next = setImmediate(function frame() {
        next = setImmediate(frame);
        game.tick(1);
      });
      const stop = (): void => {
        clearImmediate(next);
      };
      signal.addEventListener("abort", stop); // The kit has given it up.
      return run(main, { backend: game, signal }).finally(stop);
    },
  };
}
