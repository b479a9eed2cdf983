/**
 * Virtual schedulers of RxJS, frame by frame.
 *
 * `flush()` of a `VirtualTimeScheduler` runs everything in one go, and no promise reaction runs meanwhile: an async function that wakes at 10 finds
 * the clock where the last frame has left it. Here each frame is a flush of its own, and the promise reactions of one run before the next.
 *
 * @module
 */

import { bound } from "../kernel/binding.ts";
import { shown } from "../kernel/checks.ts";
import { RealTimeoutError } from "./errors.ts";
import { realTimer } from "./originals.ts";

/** How long, in real ms, nothing may be scheduled while the work is not done. */
const PATIENCE = 4_000;

/** What is needed of a `VirtualTimeScheduler` of RxJS. */
export interface FrameScheduler {
  frame: number;
  maxFrames: number;
  readonly actions: readonly { readonly delay: number }[];
  flush(): void;
}

/**
 * Flushes a `VirtualTimeScheduler` frame by frame until nothing is scheduled any more, or until `work` is done, so that async functions find each
 * frame on the clock in which they were woken.
 *
 * Within a frame everything that is due runs before any promise reaction does. Frames beyond the scheduler's `maxFrames` are left alone.
 *
 * @param scheduler - The scheduler, outside of any `flush()`. Not a `TestScheduler`, which compares at its first flush: for that there is {@link marbles}.
 * @param work - What to flush for, such as the promise of a run. It may wait for other things meanwhile, up to 4 s of real time.
 * @returns What `work` comes to.
 * @throws {TypeError} When it is no such scheduler.
 * @throws {RealTimeoutError} When `work` is not done, and nothing is scheduled for 4 s of real time.
 * @example
 * import { VirtualTimeScheduler } from "rxjs";
 * import { currentTime, run, rxBackend, sleep } from "anyrx";
 * const scheduler = new VirtualTimeScheduler();
 * const done = run(async () => {
 *   await sleep(1000);
 *   await sleep(1000);
 *   return currentTime();
 * }, { backend: rxBackend(scheduler) });
 * await flushed(scheduler, done); // => 2000
 * await flushed({} as never); // throws TypeError
 */
export function flushed(scheduler: FrameScheduler): Promise<void>;
export function flushed<T>(scheduler: FrameScheduler, work: PromiseLike<T>): Promise<T>;
export async function flushed(scheduler: FrameScheduler, work?: PromiseLike<unknown>): Promise<unknown> {
  const { actions } = checked(scheduler);
  let done = work === undefined;
  const ended = (): void => {
    done = true;
  };
  work?.then(ended, ended);
  let since = bound.host.now();
  for (;;) {
    await macrotask();
    const next = actions[0];
    if (next !== undefined && next.delay <= scheduler.maxFrames && (work === undefined || !done)) {
      flushFrame(scheduler, next.delay);
      since = bound.host.now();
    } else if (done) return work;
    else if (bound.host.now() - since > PATIENCE)
      throw new RealTimeoutError(scheduler.frame, PATIENCE, ["something that is not on the scheduler"], []);
    else await breath();
  }
}

function flushFrame(scheduler: FrameScheduler, frame: number): void {
  const { maxFrames } = scheduler;
  scheduler.maxFrames = frame;
  try {
    scheduler.flush();
  } finally {
    scheduler.maxFrames = maxFrames;
  }
}

/** Every promise reaction that is due has run then. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    bound.host.macrotask(resolve);
  });
}

function breath(): Promise<void> {
  return new Promise((resolve) => {
    realTimer(1, resolve);
  });
}

function checked(scheduler: FrameScheduler): FrameScheduler {
  const { flush, actions, frame } = (scheduler as Partial<FrameScheduler> | null) ?? {};
  if (typeof flush !== "function" || !Array.isArray(actions) || typeof frame !== "number") {
    throw new TypeError(`Cannot flush ${shown(scheduler)}: it is no VirtualTimeScheduler; pass one`);
  }
  if ("expectObservable" in scheduler) {
    throw new TypeError(
      "Cannot flush a TestScheduler frame by frame: it compares at its first flush; use marbles() of anyrx/testing, or bodies without async",
    );
  }
  return scheduler;
}
