import { animationFrameScheduler, asapScheduler, queueScheduler, type SchedulerLike, VirtualTimeScheduler } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { run, rxBackend } from "anyrx";
import { flushed } from "anyrx/testing";
import type { LawBackend } from "anyrx/testing/laws";
import { afterOneFlush, exemptions, flushedByFrame, flushedByFrameAsync } from "./exemptions.ts";
import { everyStyle, theLawsHold } from "./hold.ts";

function on(name: string, scheduler: SchedulerLike): LawBackend {
  return { name, clock: "real", run: (main, signal) => run(main, { backend: rxBackend(scheduler), signal }) };
}

const byFrame: LawBackend = {
  name: "a VirtualTimeScheduler, frame by frame",
  clock: "exact",
  run(main, signal) {
    const scheduler = new VirtualTimeScheduler();
    return flushed(scheduler, run(main, { backend: rxBackend(scheduler), signal }));
  },
};

/** A run that is over after `flush()` was called once, or is ended then. */
function inOneFlush(
  name: string,
  make: () => VirtualTimeScheduler,
  flush: (scheduler: never, begin: () => void) => void,
): LawBackend {
  return {
    name,
    clock: "exact",
    async run(main) {
      const scheduler = make();
      const controller = new AbortController();
      let done!: Promise<unknown>;
      flush(scheduler as never, () => {
        done = run(main, { backend: rxBackend(scheduler), signal: controller.signal });
      });
      const outcome = await Promise.race([done, new Promise((later) => setImmediate(later, controller))]);
      if (outcome !== controller) return outcome;
      controller.abort();
      done.catch(() => undefined);
      VirtualTimeScheduler.prototype.flush.call(scheduler);
      throw new Error("not over after one flush");
    },
  };
}

const once = inOneFlush(
  "a VirtualTimeScheduler, one flush",
  () => new VirtualTimeScheduler(),
  (scheduler: VirtualTimeScheduler, begin) => {
    begin();
    scheduler.flush();
  },
);
const testMode = inOneFlush(
  "a TestScheduler in run mode",
  () => new TestScheduler(() => undefined),
  (scheduler: TestScheduler, begin) => scheduler.run(begin),
);

describe("Schedulers of RxJS", () => {
  beforeEach(() => {
    // Frames as fast as the host turns. Those of a real browser are in spec/backend/browser.spec.ts.
    Object.assign(globalThis, {
      requestAnimationFrame: (frame: (time: number) => void) =>
        setImmediate(() => {
          frame(performance.now());
        }),
      cancelAnimationFrame: clearImmediate,
    });
  });

  for (const style of everyStyle) {
    // What runs on asyncScheduler, in laws.spec.ts, is on this one for the most part.
    if (style.name === "async") theLawsHold(on("asapScheduler", asapScheduler), style, exemptions["rx"]!);
    theLawsHold(on("queueScheduler", queueScheduler), style, exemptions["rx"]!);
    theLawsHold(on("animationFrameScheduler", animationFrameScheduler), style, exemptions["rx"]!);
    if (style.name === "async") {
      theLawsHold(byFrame, style, flushedByFrameAsync);
      continue; // It goes on in promise reactions, and none runs in a flush.
    }
    theLawsHold(byFrame, style, exemptions["rx, virtual time"]!);
    theLawsHold(once, style, [...flushedByFrame, ...afterOneFlush]);
    theLawsHold(testMode, style, [...flushedByFrame, ...afterOneFlush]);
  }
});
