/**
 * What the packed package must do for a consumer, in Node and in a page: the same pipeline as async functions and as generators.
 *
 * `tools/pack-test.mjs` compiles it against the tarball, never against src/.
 */
import { createMemoryObjectStream, EndOfStream, moveOnAfter, operation, run, sleep, taskGroup } from "anyrx";

function asAsync(): Promise<number> {
  return run(async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    return await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 3; i++) await send.send(i);
        send.close();
      });
      let sum = 0;
      for await (const item of receive) sum += item;
      await moveOnAfter(5, async () => {
        await sleep(1000);
      });
      return sum;
    });
  });
}

function asGenerators(): Promise<number> {
  return run(function* () {
    const [send, receive] = createMemoryObjectStream<number>(1);
    return yield* taskGroup(function* (tg) {
      tg.startSoon(function* () {
        for (let i = 0; i < 3; i++) yield* send.send(i);
        send.close();
      });
      let sum = 0;
      try {
        for (;;) sum += yield* receive.receive();
      } catch (error) {
        if (!(error instanceof EndOfStream)) throw error;
      }
      yield* moveOnAfter(5, function* () {
        yield* sleep(1000);
      });
      return sum;
    });
  });
}

/** A function that is written once and consumed as a promise and as an Observable. */
const twice = operation(async (value: number) => {
  await sleep(1);
  return value * 2;
});

export async function main(): Promise<string> {
  const awaited = await run(async () => await twice(21));
  const emitted = await new Promise<number>((resolve, reject) => {
    twice(21).subscribe({ next: resolve, error: reject });
  });
  return JSON.stringify([await asAsync(), await asGenerators(), awaited, emitted]);
}

/** What `main` resolves to. */
export const expected = "[3,3,42,42]";
