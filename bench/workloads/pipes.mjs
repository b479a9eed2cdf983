/** Bounded streams between producers and consumers, in every way to write them: what W3 and W4 play with. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { createMemoryObjectStream, isEndOfStream, run, taskGroup } from "anyrx";
import { Effect, Fiber, Queue } from "effect";
import { createQueue, run as effection, spawn, until } from "effection";
import csp from "js-csp";
import medium from "medium";
import { concatMap, lastValueFrom, Subject, tap } from "rxjs";
import { Chan } from "ts-chan";
import { AsyncChannel, Channel, RESOLVED } from "../floors.mjs";

/** The sum of what `producers` send when each sends 0, 1, 2 … and all together `n` items. */
export const sumOf = (producers) => (n) => {
  const each = n / producers;
  return producers * ((each * (each - 1)) / 2);
};

/**
 * Pipes with `producers` and as many consumers, over a stream that holds `capacity`. Each is a function of the number of
 * items. An item is received first and added then: `sum += await …` reads the sum before it waits.
 */
export function pipes(capacity, producers) {
  const each = (start) => Array.from({ length: producers }, start);

  /** Async functions over anything with two async functions. */
  const async = (make) => async (n) => {
    const { send, receive } = make();
    const share = n / producers;
    let sum = 0;
    await Promise.all([
      ...each(async () => {
        for (let i = 0; i < share; i++) await send(i);
      }),
      ...each(async () => {
        for (let i = 0; i < share; i++) {
          const item = await receive();
          sum += item;
        }
      }),
    ]);
    return sum;
  };

  /** The same over a class, called as a user would call it. */
  const channel = (Class) => async (n) => {
    const channel = new Class(capacity);
    const share = n / producers;
    let sum = 0;
    await Promise.all([
      ...each(async () => {
        for (let i = 0; i < share; i++) await channel.send(i);
      }),
      ...each(async () => {
        for (let i = 0; i < share; i++) {
          const item = await channel.receive();
          sum += item;
        }
      }),
    ]);
    return sum;
  };

  /** Ours: producers and consumers are children of one group. A producer has a send end of its own, and closes it. */
  const mine = (produce, consume) => (n) =>
    run(async () => {
      const [send, receive] = createMemoryObjectStream(capacity);
      const tally = { sum: 0 };
      await taskGroup((tg) => {
        const share = n / producers;
        for (let i = 0; i < producers; i++) {
          const end = send.clone();
          tg.startSoon(() => produce(end, share));
        }
        send.close();
        for (let i = 0; i < producers; i++) tg.startSoon(() => consume(receive, tally, share));
      });
      receive.close();
      return tally.sum;
    });

  return {
    floor: channel(Channel),
    asyncMethods: channel(AsyncChannel),
    forAwaitByHand: async (n) => {
      const channel = new Channel(capacity);
      const items = {
        left: n,
        // A loop awaits what it is given, be it a promise or not.
        next() {
          if (this.left-- === 0) return { done: true, value: undefined };
          const item = channel.receive();
          return item instanceof Promise ? item.then(asResult) : asResult(item);
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
      let sum = 0;
      await Promise.all([
        (async () => {
          for (let i = 0; i < n; i++) await channel.send(i);
        })(),
        (async () => {
          for await (const item of items) sum += item;
        })(),
      ]);
      return sum;
    },

    awaited: mine(produceAsync, async (receive, tally, share) => {
      for (let i = 0; i < share; i++) {
        const item = await receive.receive();
        tally.sum += item;
      }
    }),
    forAwait: mine(produceAsync, async (receive, tally) => {
      for await (const item of receive) tally.sum += item;
    }),
    generators: mine(produceGenerator, function* (receive, tally, share) {
      for (let i = 0; i < share; i++) {
        const item = yield* receive.receive();
        tally.sum += item;
      }
    }),
    generatorsToTheEnd: mine(produceGenerator, function* (receive, tally) {
      try {
        for (;;) {
          const item = yield* receive.receive();
          tally.sum += item;
        }
      } catch (error) {
        if (!isEndOfStream(error)) throw error;
      }
    }),
    subscribed: mine(produceAsync, (receive, tally) => receive.pipe(tap((item) => (tally.sum += item)))),
    generatorToSubscriber: mine(produceGenerator, (receive, tally) => receive.pipe(tap((item) => (tally.sum += item)))),

    effectQueue: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const queue = yield* Queue.bounded(capacity);
          const share = n / producers;
          let sum = 0;
          const fibers = [];
          for (let p = 0; p < producers; p++) {
            fibers.push(
              yield* Effect.forkChild(
                Effect.gen(function* () {
                  for (let i = 0; i < share; i++) yield* Queue.offer(queue, i);
                }),
              ),
              yield* Effect.forkChild(
                Effect.gen(function* () {
                  for (let i = 0; i < share; i++) {
                    const item = yield* Queue.take(queue);
                    sum += item;
                  }
                }),
              ),
            );
          }
          yield* Fiber.awaitAll(fibers);
          return sum;
        }),
      ),
    passThrough: async (n) => {
      const stream = new PassThrough({ objectMode: true, highWaterMark: capacity });
      let sum = 0;
      await Promise.all([
        (async () => {
          for (let i = 0; i < n; i++) if (!stream.write(i)) await once(stream, "drain");
          stream.end();
        })(),
        (async () => {
          for await (const item of stream) sum += item;
        })(),
      ]);
      return sum;
    },
    webStream: async(() => {
      const { readable, writable } = new TransformStream({}, { highWaterMark: 1 }, { highWaterMark: capacity });
      const reader = readable.getReader();
      const writer = writable.getWriter();
      return { send: (item) => writer.write(item), receive: async () => (await reader.read()).value };
    }),
    medium: async(() => {
      const channel = capacity === 0 ? medium.chan() : medium.chan(capacity);
      return { send: (item) => medium.put(channel, item), receive: () => medium.take(channel) };
    }),
    tsChan: async(() => {
      const channel = new Chan(capacity);
      return { send: (item) => channel.send(item), receive: async () => (await channel.recv()).value };
    }),
    jsCsp: (n) =>
      new Promise((resolve) => {
        const channel = capacity === 0 ? csp.chan() : csp.chan(capacity);
        const share = n / producers;
        let left = producers;
        let sum = 0;
        for (let p = 0; p < producers; p++) {
          csp.go(function* () {
            for (let i = 0; i < share; i++) yield csp.put(channel, i);
          });
          csp.go(function* () {
            for (let i = 0; i < share; i++) {
              const item = yield csp.take(channel);
              sum += item;
            }
            if (--left === 0) resolve(sum);
          });
        }
      }),
    /** It has no bounded channel: nothing holds the producer back, so that it is only told to pause by hand. */
    effectionQueue: (n) =>
      effection(function* () {
        const queue = createQueue();
        const share = n / producers;
        let sum = 0;
        const tasks = [];
        for (let p = 0; p < producers; p++) {
          tasks.push(
            yield* spawn(function* () {
              for (let i = 0; i < share; i++) {
                queue.add(i);
                if (i % 16 === 15) yield* until(RESOLVED);
              }
            }),
            yield* spawn(function* () {
              for (let i = 0; i < share; i++) {
                const item = (yield* queue.next()).value;
                sum += item;
              }
            }),
          );
        }
        for (const task of tasks) yield* task;
        return sum;
      }),
    /** It has no bounded channel either: `concatMap` buffers whatever comes. */
    subject: async (n) => {
      const subject = new Subject();
      let sum = 0;
      const end = lastValueFrom(
        subject.pipe(
          concatMap(async (item) => {
            sum += item;
          }),
        ),
        { defaultValue: null },
      );
      for (let i = 0; i < n; i++) subject.next(i);
      subject.complete();
      await end;
      return sum;
    },
  };
}

const asResult = (value) => ({ done: false, value });

async function produceAsync(end, share) {
  for (let i = 0; i < share; i++) await end.send(i);
  end.close();
}

function* produceGenerator(end, share) {
  for (let i = 0; i < share; i++) yield* end.send(i);
  end.close();
}
