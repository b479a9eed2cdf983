import { EventEmitter } from "node:events";
import { Observable } from "rxjs";
import {
  Event,
  asStream,
  createMemoryObjectStream,
  eventStream,
  fromAsyncIterable,
  getRunningTasks,
  iterate,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  type Operation,
  sleep,
  taskGroup,
  toReadable,
  toStream,
} from "anyrx";
import {
  broadcast,
  collect,
  filter,
  flatMap,
  mapConcurrent,
  merge,
  pipeline,
  PipelineError,
  rx,
  scan,
  take,
  takeUntil,
  zip,
} from "anyrx/pipeline";
import { everywhere, runQuietly } from "../field/everywhere.ts";
import { CountedSubject } from "./counted.ts";

const falsy = [undefined, null, 0, "", false];

/** What `work` throws, in a box: also nothing can be thrown. */
async function boxed(work: () => unknown): Promise<{ error: unknown } | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { error };
  }
}

describe("a falsy error", () => {
  for (const error of falsy) {
    const title = error === "" ? "an empty text" : String(error);
    const fail = (): never => {
      throw error as unknown;
    };

    everywhere(`fails a pipeline, wherever it is thrown: ${title}`, async () => {
      const cases: Record<string, () => PromiseLike<unknown>> = {
        source: () =>
          pipeline(
            (function* () {
              yield 1;
              fail();
            })(),
            collect(),
          ),
        mapConcurrent: () => pipeline([1], mapConcurrent(fail, { name: "mapConcurrent" }), collect()),
        several: () => pipeline([1, 2], mapConcurrent(fail, { name: "several", concurrency: 2 }), collect()),
        filter: () => pipeline([1], filter(fail), collect()),
        flatMap: () => pipeline([1], flatMap(fail as () => number[]), collect()),
        scan: () => pipeline([1], scan(fail as () => number, 0), collect()),
        takeUntil: () =>
          pipeline(
            [1, 2],
            mapConcurrent(() => sleep(5)),
            takeUntil(fail),
            collect(),
          ),
        rx: () =>
          pipeline(
            [1],
            rx(() => new Observable((subscriber) => subscriber.error(error))),
            collect(),
          ),
        sink: () => pipeline([1], fail),
      };
      for (const [stage, make] of Object.entries(cases)) {
        const thrown = (await boxed(make))?.error;
        expect(thrown).withContext(stage).toBeInstanceOf(PipelineError);
        expect((thrown as PipelineError).stage).toBe(stage);
        expect((thrown as PipelineError).cause)
          .withContext(stage)
          .toBe(error);
        expect("cause" in (thrown as object)).toBeTrue();
      }
    });

    everywhere(`goes downstream outside of a pipeline, and through every bridge: ${title}`, async () => {
      await taskGroup(async () => {
        const failing = async function* () {
          yield 1;
          await sleep(1);
          fail();
        };
        const failing$ = new Observable<number>((subscriber) => {
          subscriber.next(1);
          subscriber.error(error);
        });
        const streams: MemoryObjectReceiveStream<number>[] = [
          toStream(failing$, { overflow: "error" }),
          toStream(failing()),
          asStream(failing),
          toStream(failing()).through(filter(() => true)),
          merge(toStream(failing())),
        ];
        for (const stream of streams) {
          expect(await stream.receive()).toBe(1);
          expect(await boxed(() => stream.receive())).toEqual({ error });
        }
        for (const loop of [iterate(failing$, { overflow: "error" }), iterate(failing()), toReadable(failing())]) {
          expect(
            await boxed(async () => {
              for await (const _ of loop as AsyncIterable<unknown>);
            }),
          ).toEqual({ error });
        }
        let seen: unknown = null;
        const heard = new Event();
        fromAsyncIterable(failing()).subscribe({
          error: (thrown: unknown) => {
            seen = { error: thrown };
            heard.set();
          },
        });
        await heard.wait();
        expect(seen).toEqual({ error });
        const [send, receive] = createMemoryObjectStream<number>(1);
        send.error(error);
        expect(await boxed(() => toReadable(receive).getReader().read())).toEqual({ error });
        const emitter = new EventEmitter();
        const events = eventStream(emitter, "data", { overflow: "latest" });
        emitter.emit("error", error);
        expect(await boxed(() => events.receive())).toEqual({ error });
      });
    });
  }
});

describe("whoever consumes, and closes in the midst of it", () => {
  everywhere("a subscriber that closes the stream, in its own next", async () => {
    await taskGroup(async () => {
      const subject = new CountedSubject<number>();
      const made: Record<string, () => MemoryObjectReceiveStream<number>> = {
        "an Observable's": () => toStream(subject.counted, { overflow: "error" }),
        "a list's": () => toStream([1, 2, 3], { maxBufferSize: 2 }),
        "a generator's": () =>
          asStream(async function* () {
            yield* [1, 2, 3];
          }),
        "a stage's": () => toStream([1, 2, 3]).through(mapConcurrent((n: number) => n, { concurrency: 2 })),
        "a fan's": () => merge(...toStream([1, 2, 3]).through(broadcast<number>(2))),
        "operators'": () => toStream([1, 2, 3]).through(rx<number, number>((source$) => source$)),
      };
      for (const [whose, make] of Object.entries(made)) {
        const stream = make();
        const log: string[] = [];
        stream.subscribe({
          next: (n) => {
            log.push(String(n));
            stream.close();
          },
          error: (error: Error) => log.push(error.name),
          complete: () => log.push("complete"),
        });
        await sleep(1);
        if (whose === "an Observable's") for (const n of [1, 2, 3]) subject.next(n);
        await sleep(2);
        expect(log).withContext(whose).toEqual(["1", "ClosedResourceError"]);
        expect(stream.statistics().openReceiveStreams).toBe(0);
      }
      expect(subject.live).toBe(0);
    });
  });

  everywhere("a subscriber that unsubscribes in its own next loses nothing", async () => {
    await taskGroup(async () => {
      const stream = toStream([1, 2, 3], { maxBufferSize: 2 });
      const seen: number[] = [];
      const subscription = stream.subscribe((n) => {
        seen.push(n);
        subscription.unsubscribe();
      });
      await sleep(2);
      for await (const n of stream) seen.push(n);
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  everywhere("a source that closes its own stream while it emits", async () => {
    await taskGroup(async () => {
      const subject = new CountedSubject<number>();
      const torn: string[] = [];
      const source = new Observable<number>((subscriber) => {
        const inner = subject.counted.subscribe(subscriber);
        return () => {
          torn.push("torn down");
          inner.unsubscribe();
        };
      });
      const stream = toStream(source, { overflow: "dropOldest", maxBufferSize: 1 });
      subject.subscribe(() => stream.close());
      subject.next(1);
      subject.next(2);
      expect([torn, subject.live]).toEqual([["torn down"], 0]);
    });
  });

  everywhere("a callback of a stage that closes the stage's own output, or its input", async () => {
    await taskGroup(async () => {
      for (const which of ["output", "input"] as const) {
        const input = toStream([1, 2, 3]);
        const output: MemoryObjectReceiveStream<number> = input.through(
          mapConcurrent((n: number) => {
            if (n === 2) (which === "output" ? output : input).close();
            return n;
          }),
        );
        expect(await output.receive()).toBe(1);
        expect((await boxed(() => output.receive().then(() => output.receive())))?.error).toBeInstanceOf(Error);
      }
      await sleep(1);
      expect(getRunningTasks().length).toBe(1);
    });
  });

  everywhere("a sink that cancels the task of its own pipeline", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(() =>
        pipeline([1, 2, 3], async (input) => {
          for await (const _ of input) task.cancel();
          await sleep(1);
          return "went on";
        }),
      );
      await task.wait();
      expect(task.status).toBe("cancelled");
    });
  });
});

describe("cancelled at any step", () => {
  const shapes: Record<string, (log: string[]) => Operation<unknown>> = {
    "fans of every kind": (log) => {
      const [a, b] = toStream(counted(log)).through(broadcast<number>(2));
      return pipeline(
        zip(a!, b!),
        mapConcurrent(([n]) => sleep(n % 3), { concurrency: 2 }),
        collect(),
      );
    },
    "retries and operators": (log) =>
      pipeline(
        toStream(counted(log), { maxBufferSize: 2 }),
        rx<number, number>((source$) => source$),
        flatMap(async function* (n: number) {
          yield n;
          await sleep(1);
          yield -n;
        }),
        takeUntil(() => sleep(17)),
        collect(),
      ),
    "a merge of streams of generators": (log) =>
      pipeline(
        merge(
          asStream(() => counted(log)),
          counted(log),
          toStream(counted(log)),
        ),
        take(25),
        collect(),
      ),
  };

  async function* counted(log: string[]): AsyncGenerator<number> {
    log.push("open");
    try {
      for (let n = 1; n < 15; n++) {
        await sleep(1);
        yield n;
      }
    } finally {
      log.push("close");
      await sleep(1).then(undefined, () => undefined);
    }
  }

  const ways: Record<string, (work: Operation<unknown>, limit: number) => unknown> = {
    "by its scope": (work, limit) => moveOnAfter(limit, () => work),
    "by unsubscribing": async (work, limit) => {
      const subscription = work.subscribe({ error: () => undefined });
      await sleep(limit);
      subscription.unsubscribe();
    },
    "by its task": (work, limit) =>
      taskGroup(async (tg) => {
        const task = tg.startSoon(() => work);
        await sleep(limit);
        task.cancel();
      }),
  };

  for (const [shape, make] of Object.entries(shapes)) {
    for (const [way, play] of Object.entries(ways)) {
      it(`${way}, ${shape}: closes what it has opened, and leaves nothing`, async () => {
        for (let limit = 0; limit <= 32; limit++) {
          const log: string[] = [];
          await runQuietly(
            async () => {
              await taskGroup(async () => {
                await play(make(log), limit);
              });
              expect(getRunningTasks().length).toBe(1);
            },
            { backend: "virtual" },
          );
          const opened = log.filter((line) => line === "open").length;
          expect(log.length)
            .withContext(`opened and closed by ${String(limit)}`)
            .toBe(2 * opened);
        }
      });
    }
  }
});
