/**
 * Frames of a browser as a loop: a run that is driven by `requestAnimationFrame`, and one on `animationFrameScheduler`. Bundled and run in Chromium by
 * `browser.spec.ts`.
 *
 * @module
 */

import { moveOnAfter, run, rxBackend, sleep, taskGroup } from "anyrx";
import { attach } from "anyrx/backend";
import { checkLaws, type Law, type LawBackend, laws } from "anyrx/testing/laws";
import { animationFrameScheduler } from "rxjs";

/** Whether the code runs in a frame: `requestAnimationFrame` gives all callbacks of a frame the same time. */
let inFrame = 0;
const request = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
  request((time) => {
    inFrame++;
    try {
      callback(time);
    } finally {
      inFrame--;
    }
  });

const frames = attach({
  name: "frames",
  now: () => performance.now(),
  defer: (callback) => requestAnimationFrame(callback),
  arm: (delay, callback) => {
    const timer = setTimeout(callback, delay);
    return () => {
      clearTimeout(timer);
    };
  },
});

async function main(): Promise<unknown> {
  const report: Record<string, unknown> = {};
  for (const [name, backend] of Object.entries({ frames, rx: rxBackend(animationFrameScheduler) })) {
    const log: string[] = [];
    const note = (what: string) => log.push(inFrame > 0 ? what : `${what}, outside of a frame`);
    await run(
      () =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            note("child");
            yield* sleep(150);
            note("slept");
          });
          tg.startSoon(async () => {
            await sleep(2);
            log.push("async");
          });
          yield* moveOnAfter(300, () => sleep(60_000));
          note("moved on");
        }),
      { backend },
    ).catch((error: unknown) => log.push(String(error)));
    report[name] = log;
    const engine: LawBackend = { name, run: (body, signal) => run(body, { backend, signal }), patience: 10_000 };
    const check = (some: readonly Law[]) => checkLaws(engine, { laws: some, concurrency: 1000 });
    let kept = await check(laws.filter(({ id }) => /^(L|C1$|G1$|M3)/.test(id)));
    // A busy machine gives few frames: what is broken is so again.
    for (let again = 0; again < 2 && !kept.ok; again++)
      kept = await check([...new Set(kept.broken.map(({ law }) => law))]);
    report[`${name}, laws`] = String(kept);
  }
  return report;
}

void main()
  .catch((error: unknown) => `failed: ${String(error)}`)
  .then((result) => Object.assign(globalThis, { result }));
