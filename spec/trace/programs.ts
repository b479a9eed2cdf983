/**
 * Programs to be traced: what they do is known to the ms.
 *
 * @module
 */

import { createMemoryObjectStream, moveOnAfter, run, type RunOptions, Semaphore, sleep, taskGroup } from "anyrx";
import { recordTrace, type Trace, type TraceEvent } from "../../src/testing/index.ts";

/** Runs `main` in virtual time, unless `options` say otherwise, and gives the trace of it. What `main` throws is of no interest. */
export async function traceOf(main: () => unknown, options: RunOptions = {}): Promise<Trace> {
  using trace = recordTrace();
  await run(main, { backend: "virtual", ...options }).then(undefined, () => undefined);
  return trace;
}

/** The events of `trace` that are of one of these types. */
export function only<T extends TraceEvent["type"]>(
  trace: { readonly events: readonly TraceEvent[] },
  ...types: T[]
): Extract<TraceEvent, { type: T }>[] {
  return trace.events.filter((event) => (types as string[]).includes(event.type)) as Extract<TraceEvent, { type: T }>[];
}

/** A fast producer, a slow worker, a collector: two bounded streams between three tasks. */
export async function pipeline(): Promise<void> {
  await taskGroup(
    (tg) => {
      const [send, jobs] = createMemoryObjectStream<number>(2, { name: "jobs" });
      const [out, results] = createMemoryObjectStream<string>(0, { name: "results" });
      tg.startSoon(
        async () => {
          for (let job = 1; job <= 5; job++) {
            await sleep(1);
            await send.send(job);
          }
          send.close();
        },
        { name: "producer" },
      );
      tg.startSoon(
        async () => {
          for await (const job of jobs) {
            await sleep(4);
            await out.send(`result ${job}`);
          }
          out.close();
        },
        { name: "worker" },
      );
      tg.startSoon(
        async () => {
          for await (const _ of results) await sleep(1);
        },
        { name: "collector" },
      );
    },
    { name: "pipeline" },
  );
}

/** A timeout that is caught, a failure, siblings that are cancelled by it, and a shielded cleanup. */
export async function timeouts(): Promise<void> {
  await moveOnAfter(
    200,
    () =>
      taskGroup(
        (tg) => {
          tg.startSoon(() => sleep(30), { name: "quick" });
          tg.startSoon(
            async () => {
              try {
                await moveOnAfter(90, () => sleep(1000), { name: "fetch" });
                await sleep(1000);
              } finally {
                await moveOnAfter(50, () => sleep(20), { shield: true, name: "cleanup" });
              }
            },
            { name: "fetcher" },
          );
          tg.startSoon(
            async () => {
              await sleep(130);
              throw new RangeError("disk full");
            },
            { name: "writer" },
          );
          tg.startSoon(
            async () => {
              for (;;) await sleep(25);
            },
            { name: "ticker" },
          );
        },
        { name: "crew" },
      ),
    { name: "request" },
  );
}

/** Many tasks and few permits. */
export async function crowd(workers: number, permits: number): Promise<void> {
  const semaphore = new Semaphore(permits, { name: "db" });
  await taskGroup((tg) => {
    for (let i = 1; i <= workers; i++) {
      tg.startSoon(
        async () => {
          await sleep(i % 7);
          await semaphore.hold(() => sleep(5 + ((i * 7) % 11)));
        },
        { name: `worker ${i}` },
      );
    }
  });
}
