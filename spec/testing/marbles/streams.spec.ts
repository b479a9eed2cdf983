import { createMemoryObjectStream, type MemoryObjectSendStream, sleep, taskGroup } from "anyrx";
import { isMarbleSyntaxError, marbles } from "anyrx/testing";
import { concatMap, interval, of, take, tap } from "rxjs";
import { expectSentence } from "../../field/everywhere.ts";
import { differences, draws, failureOf } from "./failing.ts";

/** Sends each letter, as soon as it can. */
async function feed(send: MemoryObjectSendStream<string>, letters: string): Promise<void> {
  for (const letter of letters) await send.send(letter);
  send.close();
}

describe("marbles() with streams:", () => {
  draws("reads a receive stream at full speed, to its end", async ({ expectStream }) => {
    const [send, receive] = createMemoryObjectStream<string>(10);
    expectStream(receive).toBe("---a--b|");
    await sleep(3);
    await send.send("a");
    await sleep(3);
    await send.send("b");
    await sleep(1);
    send.close();
  });

  draws("draws several items of an instant as a group", async ({ expectStream, until }) => {
    const [send, receive] = createMemoryObjectStream<string>(10);
    expectStream(receive).toBe("--(abc)---(d|)");
    await until(2);
    for (const letter of "abc") send.sendNowait(letter);
    await until(10);
    await feed(send, "d");
  });

  draws("draws an error as #", async ({ expectStream, until }) => {
    const [send, receive] = createMemoryObjectStream<string>(10);
    expectStream(receive).toBe("--a-#", undefined, new Error("broken"));
    await until(2);
    send.next("a");
    await until(4);
    send.error(new Error("broken"));
  });

  draws("goes on after the body, and needs no end", ({ expectStream }) => {
    const [send, receive] = createMemoryObjectStream<number>(10);
    expectStream(receive).toBe("-----a----b", { a: 0, b: 1 });
    interval(5)
      .pipe(take(2))
      .subscribe({ next: (n) => send.next(n) });
  });

  draws("shares a stream with others that receive", async ({ expectStream, until }) => {
    const [send, receive] = createMemoryObjectStream<string>(10);
    expectStream(receive).toBe("-a---c---|");
    expectStream(receive.clone()).toBe("-b---d---|");
    await until(1);
    for (const letter of "ab") await send.send(letter);
    await until(5);
    for (const letter of "cd") await send.send(letter);
    await until(9);
    send.close();
  });

  describe("with a demand", () => {
    draws("one receive may begin at each x: backpressure is seen", async ({ expectStream, probe }) => {
      const [send, receive] = createMemoryObjectStream<string>(2);
      expectStream(receive, { pull: "---x---x---x---x" }).toBe("---a---b---c---d");
      const sent = probe("sent");
      sent.toBe("(ab) @3ms c---d---e---f");
      for (const letter of "abcdef") {
        await send.send(letter);
        sent(letter);
      }
    });

    draws("two at once, and what was asked for before it came", async ({ expectStream, until }) => {
      const [send, receive] = createMemoryObjectStream<string>();
      expectStream(receive, { pull: "-(xx)---x" }).toBe("----(ab)c");
      await until(4);
      for (const letter of "abc") await send.send(letter);
    });

    draws("the end needs to be asked for", async ({ expectStream }) => {
      const [send, receive] = createMemoryObjectStream<string>(10);
      send.next("a");
      send.close();
      expectStream(receive, { pull: "-x" }).toBe("-a");
      expectStream(receive, { pull: "--x-x" }).toBe("--|");
      await sleep(0);
    });

    draws("an async generator is paused", ({ expectStream, now, probe }) => {
      const made = probe<number>("made");
      async function* numbers(): AsyncGenerator<number> {
        for (let n = 0; ; n++) {
          made(now());
          yield n;
          await sleep(1);
        }
      }
      expectStream(numbers(), { pull: "--x---x" }).toBe("--a----b", { a: 0, b: 1 });
      made.toBe("--a----b", { a: 2, b: 7 });
    });

    it("asks for nothing but by x", async () => {
      await marbles(({ expectStream }) => {
        expect(() => expectStream((async function* () {})(), { pull: "-x-a" })).toThrowMatching(isMarbleSyntaxError);
      });
    });
  });

  describe("of any kind:", () => {
    async function* letters(): AsyncGenerator<string> {
      for (const letter of "ab") {
        await sleep(2);
        yield letter;
      }
    }

    draws("an async generator", ({ expectStream }) => {
      expectStream(letters()).toBe("--a-(b|)");
    });

    draws("an async generator that fails", ({ expectStream }) => {
      async function* failing(): AsyncGenerator<string> {
        yield* letters();
        throw new Error("no more");
      }
      expectStream(failing()).toBe("--a-(b#)", undefined, new Error("no more"));
    });

    draws("a readable stream", ({ expectStream }) => {
      const stream = new ReadableStream<string>({
        async start(controller) {
          for await (const letter of letters()) controller.enqueue(letter);
          controller.close();
        },
      });
      expectStream(stream).toBe("--a-(b|)");
    });

    draws("a readable stream that is no async iterable", ({ expectStream }) => {
      const stream = new ReadableStream<string>({
        async pull(controller) {
          await sleep(3);
          controller.enqueue("a");
        },
      });
      expectStream({ getReader: () => stream.getReader() }, { pull: "x-x-x" }).toBe("---a--a--a");
    });

    draws("anything with receive(), whatever that returns", ({ expectStream, sleep: nap }) => {
      let left = 2;
      expectStream({
        receive: async () => {
          await nap(2);
          if (left-- > 0) return "a";
          throw new Error("empty");
        },
      }).toBe("--a-a-#", undefined, new Error("empty"));
    });

    it("but no Observable, and nothing else", async () => {
      await marbles(({ expectStream }) => {
        for (const wrong of [of(1), [1], "ab", null, undefined, 5, Promise.resolve(1)])
          expectSentence(() => expectStream(wrong as never), TypeError);
        expect(() => expectStream(of(1) as never)).toThrowError(/use expectObservable\(\)/);
      });
    });
  });

  it("is called by its own name, or by a given one, or by its number", async () => {
    const { mismatches } = await failureOf(({ expectStream }) => {
      const [, jobs] = createMemoryObjectStream(0, { name: "jobs" });
      const [, nameless] = createMemoryObjectStream();
      expectStream(jobs).toBe("a");
      expectStream(nameless, { name: "given" }).toBe("a");
      expectStream(nameless.clone()).toBe("a");
    });
    expect(mismatches.map(({ subject }) => `${subject.what} ${subject.name}`)).toEqual([
      "stream jobs",
      "stream given",
      "stream 3",
    ]);
  });

  it("shows what came late", async () => {
    expect(
      await differences(async ({ expectStream, until }) => {
        const [send, receive] = createMemoryObjectStream<string>(1);
        expectStream(receive).toBe("--a|");
        await until(3);
        await feed(send, "a");
      }),
    ).toEqual(["t=2 missing a: it came 1 ms late, at t=3"]);
  });

  it("lets go of a stream that does not end: nobody is left who receives", async () => {
    const [send, receive] = createMemoryObjectStream<string>();
    const log: string[] = [];
    async function* source(): AsyncGenerator<string> {
      try {
        yield "a";
        await sleep(1_000_000);
      } finally {
        log.push("generator left");
      }
    }
    const readable = new ReadableStream<string>({ cancel: () => void log.push("reader cancelled") });
    await marbles(({ expectStream }) => {
      expectStream(receive).toBe("-");
      expectStream(source()).toBe("a");
      expectStream({ getReader: () => readable.getReader() }).toBe("-");
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
    expect(log.sort()).toEqual(["generator left", "reader cancelled"]);
    send.close();
    receive.close();
  });

  it("ends with a stream that does not", async () => {
    const error = await failureOf(({ expectStream }) => {
      expectStream(
        (async function* () {
          for (;;) {
            await sleep(10);
            yield "tick";
          }
        })(),
      ).toBe("10ms a", { a: "tick" });
    });
    expect(error.message).toContain("it went on");
  });

  draws("a hot observable is slowed down by a stream that it is piped into", async ({ hot, expectStream, probe }) => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    expectStream(receive, { pull: "----x---x---x---x" }).toBe("----a---b---c---|");
    const sent = probe("sent");
    sent.toBe("-a--b---c|");
    await taskGroup((tg) => {
      tg.startSoon(() =>
        hot("-abc|").pipe(
          concatMap((letter) =>
            send.send(letter).pipe(
              tap(() => {
                sent(letter);
              }),
            ),
          ),
        ),
      );
    });
    await sleep(1);
    send.close();
    sent.complete();
  });
});
