import type { Cancelled } from "anyrx";
import {
  BaseReceiveStream,
  BrokenResourceError,
  CancelScope,
  ClosedResourceError,
  createMemoryObjectStream,
  EndOfStream,
  fromReadable,
  fromWritable,
  isCancelled,
  moveOnAfter,
  type Operation,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
  toReadable,
  toWritable,
  WouldBlock,
} from "anyrx";
import { of } from "rxjs";
// A virtual clock stands still for a foreign stream that is waited for: cases with timeouts around such a wait run outdoors.
import { everywhere, expectSentence, LONG, named, outdoors, thrownBy } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

/** A source that counts what was pulled from it. */
function counted(highWaterMark: number, end = Infinity) {
  const state = { pulled: 0, cancelled: [] as unknown[] };
  const stream = new ReadableStream<number>(
    {
      pull(controller) {
        if (++state.pulled > end) controller.close();
        else controller.enqueue(state.pulled);
      },
      cancel(reason) {
        state.cancelled.push(reason);
      },
    },
    { highWaterMark },
  );
  return { state, stream };
}

const boom = new RangeError("boom");

describe("fromReadable(): a ReadableStream of the web", () => {
  mayWait("sources and sinks of the host have timers of their own");
  for (const highWaterMark of [0, 1, 3]) {
    everywhere(`reads nothing ahead of its highWaterMark of ${highWaterMark}`, async () => {
      const { state, stream } = counted(highWaterMark);
      await taskGroup(async () => {
        const receive = fromReadable<number>(stream);
        await sleep(3);
        expect(state.pulled).toBe(highWaterMark);
        expect([await receive.receive(), await receive.receive()]).toEqual([1, 2]);
        await sleep(3);
        expect(state.pulled).toBe(highWaterMark + 2);
        await receive.aclose();
      });
      expect(stream.locked).toBeFalse();
    });
  }

  everywhere("ends with it, and unlocks it", async () => {
    const { state, stream } = counted(0, 3);
    const seen: number[] = [];
    for await (const n of fromReadable<number>(stream)) seen.push(n);
    expect([seen, state.cancelled, stream.locked]).toEqual([[1, 2, 3], [], false]);
  });

  everywhere("its error comes as it is, and it is unlocked", async () => {
    let pulls = 0;
    const stream = new ReadableStream<number>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(1);
        else controller.error(boom);
      },
    });
    const receive = fromReadable<number>(stream);
    expect(await receive.receive()).toBe(1);
    expect(await thrownBy(() => receive.receive())).toBe(boom);
    expect(stream.locked).toBeFalse();
  });

  everywhere("closed early, it cancels the source without a reason, and waits for that", async () => {
    const log: unknown[] = [];
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: async (reason) => {
        log.push(reason);
        await new Promise((done) => setTimeout(done, 2));
        log.push("done");
      },
    });
    await taskGroup(async () => {
      const receive = fromReadable<number>(stream);
      await receive.receive();
      await receive.aclose();
      expect(log).toEqual([undefined, "done"]);
    });
    expect(stream.locked).toBeFalse();
  });

  outdoors("cancelled with its scope while it reads, it cancels the source with the Cancelled", async () => {
    const reasons: unknown[] = [];
    const stream = new ReadableStream<number>({ cancel: (reason) => void reasons.push(reason) });
    await moveOnAfter(2, () => fromReadable<number>(stream).receive());
    expect([reasons.length, isCancelled(reasons[0]), stream.locked]).toEqual([1, true, false]);
  });

  everywhere("a source that fails to cancel is reported to the group", async () => {
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: () => {
        throw boom;
      },
    });
    const error = await thrownBy(() =>
      taskGroup(async () => {
        const receive = fromReadable<number>(stream);
        await receive.receive();
        await receive.aclose();
      }),
    );
    expect((error as TaskGroupError).errors).toEqual([boom]);
  });

  outdoors("a receiver's timeout loses nothing", async () => {
    let give: (n: number) => void = () => undefined;
    const stream = new ReadableStream<number>({
      start: (controller) => {
        give = (n) => controller.enqueue(n);
      },
    });
    await taskGroup(async () => {
      const receive = fromReadable<number>(stream);
      expect(await moveOnAfter(2, () => receive.receive())).toBeUndefined();
      give(1);
      give(2);
      expect([await receive.receive(), await receive.receive()]).toEqual([1, 2]);
    });
  });

  everywhere("preventCancel leaves it open and unlocked", async () => {
    const { state, stream } = counted(0);
    await taskGroup(async () => {
      const receive = fromReadable<number>(stream, { preventCancel: true });
      expect(await receive.receive()).toBe(1);
      await receive.aclose();
      expect([state.cancelled, stream.locked]).toEqual([[], false]);
      expect(await fromReadable<number>(stream).receive()).toBe(2);
    });
    expect(state.cancelled.length).toBe(1);
  });

  it("refuses what is locked, or no stream at all", async () => {
    const { stream } = counted(0);
    stream.getReader();
    expectSentence(() => fromReadable(stream), TypeError);
    expectSentence(() => fromReadable({} as never), TypeError);
    expectSentence(() => fromReadable(null as never), TypeError);
    expectSentence(() => fromReadable(counted(0).stream, { maxBufferSize: -1 }), RangeError);
    expectSentence(() => fromReadable(counted(0).stream, { in: new CancelScope() }), TypeError);
    const free = counted(0).stream;
    await run(() => {
      expectSentence(() => fromReadable(free, { maxBufferSize: NaN }), RangeError);
    });
    expect(free.locked).toBeFalse();
  });

  everywhere("reads byte streams", async () => {
    const stream = new ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(new Uint8Array([1, 2]));
        controller.enqueue(new Uint8Array([3]));
        controller.close();
      },
    });
    const bytes: number[] = [];
    for await (const chunk of fromReadable<Uint8Array>(stream)) bytes.push(...chunk);
    expect(bytes).toEqual([1, 2, 3]);
  });
});

describe("toReadable(): a ReadableStream of the web", () => {
  everywhere("pulls nothing before somebody reads, and highWaterMark ahead else", async () => {
    for (const highWaterMark of [0, 1, 3]) {
      await taskGroup(async (tg) => {
        const [send, receive] = createMemoryObjectStream<number>(0);
        let sent = 0;
        const sender = tg.startSoon(async () => {
          for (;;) {
            await send.send(sent + 1);
            sent++;
          }
        });
        const reader = toReadable(receive, { highWaterMark }).getReader();
        await sleep(3);
        expect(sent).toBe(highWaterMark);
        expect(await reader.read()).toEqual({ done: false, value: 1 });
        await sleep(3);
        expect(sent).toBe(highWaterMark + 1);
        sender.cancel();
        await reader.cancel();
      });
    }
  });

  everywhere("ends with the source, and fails with its error", async () => {
    await taskGroup(async () => {
      const reader = toReadable([1, 2]).getReader();
      expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([
        { done: false, value: 1 },
        { done: false, value: 2 },
        { done: true, value: undefined },
      ]);
      const [send, receive] = createMemoryObjectStream<number>(1);
      send.sendNowait(1);
      send.error(boom);
      const failing = toReadable(receive).getReader();
      expect((await failing.read()).value).toBe(1);
      expect(await thrownBy(() => failing.read())).toBe(boom);
    });
  });

  everywhere("cancelling it closes the source, and waits for its cleanup", async () => {
    const log: string[] = [];
    const source = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        await sleep(3);
        log.push("cleaned up");
      }
    };
    await taskGroup(async () => {
      const reader = toReadable(source()).getReader();
      await reader.read();
      await reader.cancel("enough");
      expect(log).toEqual(["cleaned up"]);
      const [send, receive] = createMemoryObjectStream<number>(1);
      await toReadable(receive).cancel();
      expect(() => send.sendNowait(1)).toThrowError(BrokenResourceError);
    });
  });

  everywhere("cancelling while it reads ends the read", async () => {
    await taskGroup(async () => {
      const [, receive] = createMemoryObjectStream<number>(1);
      const reader = toReadable(receive).getReader();
      const read = reader.read();
      await sleep(1);
      await reader.cancel();
      expect(await read).toEqual({ done: true, value: undefined });
      expect(receive.statistics().tasksWaitingReceive).toBe(0);
    });
  });

  everywhere("the end of its scope fails the reader, closes the source, and waits for nobody", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const reader = (await taskGroup(() => [toReadable(receive).getReader()]))[0]!;
    expect(await thrownBy(() => reader.read())).toBeInstanceOf(BrokenResourceError);
    expect(() => send.sendNowait(1)).toThrowError(BrokenResourceError);
    const cancelled = (await moveOnAfter(LONG, async (scope) => {
      const made = toReadable(createMemoryObjectStream<number>(1)[1]).getReader();
      const read = made.read().catch((error: unknown) => error);
      await sleep(1);
      scope.cancel("stop");
      return [await read];
    }))![0] as Error;
    expect(cancelled).toBeInstanceOf(BrokenResourceError);
    expect((cancelled.cause as Cancelled).reason).toBe("stop");
  });

  everywhere("a pending read keeps no group from ending", async () => {
    await taskGroup(async () => {
      const reader = toReadable(createMemoryObjectStream<number>(1)[1]).getReader();
      reader.read().catch(() => undefined);
      await sleep(1);
    });
  });

  everywhere("of bytes it is a byte stream, which fills a reader's own buffer", async () => {
    await taskGroup(async () => {
      const stream = toReadable([new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4])], { bytes: true });
      const reader = stream.getReader({ mode: "byob" });
      const first = await reader.read(new Uint8Array(2));
      const second = await reader.read(new Uint8Array(2));
      const third = await reader.read(new Uint8Array(2));
      expect([first.value, second.value, third.value].map((bytes) => [...(bytes as Uint8Array)])).toEqual([
        [1, 2],
        [3],
        [4],
      ]);
      expect((await reader.read(new Uint8Array(2))).done).toBeTrue();
    });
  });

  everywhere("of bytes it takes no memory from whoever sends them, and loses none that shares it", async () => {
    await taskGroup(async () => {
      for (const mode of ["byob", undefined] as const) {
        const whole = new Uint8Array([1, 2, 3, 4, 5]);
        const chunks = [whole.subarray(0, 2), whole.subarray(2, 3), Buffer.from("a"), Buffer.from("b"), whole];
        const stream = toReadable(chunks, { bytes: true, highWaterMark: mode === undefined ? 4 : 0 });
        const read: number[] = [];
        if (mode === undefined) for await (const chunk of stream) read.push(...(chunk as Uint8Array));
        else {
          const reader = stream.getReader({ mode });
          for (;;) {
            const { done, value } = await reader.read(new Uint8Array(2));
            if (done) break;
            read.push(...(value as Uint8Array));
          }
        }
        expect(read).toEqual([1, 2, 3, 97, 98, 1, 2, 3, 4, 5]);
        expect([...whole]).toEqual([1, 2, 3, 4, 5]);
      }
    });
  });

  everywhere("of bytes it receives no more of a byte stream than a reader's own buffer holds", async () => {
    await taskGroup(async () => {
      const asked: (number | undefined)[] = [];
      class Zeros extends BaseReceiveStream<Uint8Array> {
        override receive(most?: number): Operation<Uint8Array> {
          return this.zeros(most);
        }
        override aclose(): Operation<void> {
          return operation(() => void asked.push(-1))();
        }
        private readonly zeros = operation((most?: number) => (asked.push(most), new Uint8Array(most ?? 9)));
      }
      const stream = toReadable(new Zeros(), { bytes: true });
      await sleep(2);
      expect(asked).toEqual([]);
      const own = stream.getReader({ mode: "byob" });
      expect((await own.read(new Uint8Array(3))).value?.byteLength).toBe(3);
      await sleep(2);
      own.releaseLock();
      const other = stream.getReader();
      expect(((await other.read()).value as Uint8Array).byteLength).toBe(9);
      await other.cancel();
      expect(asked).toEqual([3, undefined, -1]);
    });
  });

  everywhere("of bytes: cancelling it while it fills a buffer ends that read, and closes the source", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
      const reader = toReadable(receive, { bytes: true }).getReader({ mode: "byob" });
      const read = reader.read(new Uint8Array(4));
      await sleep(1);
      await reader.cancel();
      expect((await read).done).toBeTrue();
      expect(send.statistics().openReceiveStreams).toBe(0);
    });
  });

  everywhere("of bytes: an error fails the read of a buffer, as does an end within an element of it", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
      const failing = toReadable(receive, { bytes: true }).getReader({ mode: "byob" });
      const read = failing.read(new Uint8Array(4));
      await sleep(1);
      send.error(boom);
      expect(await thrownBy(() => read)).toBe(boom);
      const torn = toReadable([new Uint8Array([1, 2]), new Uint8Array([3])], { bytes: true }).getReader({
        mode: "byob",
      });
      const first = await torn.read(new Uint16Array(1));
      expect(new Uint8Array(first.value!.buffer)).toEqual(new Uint8Array([1, 2]));
      expect(await thrownBy(() => torn.read(new Uint16Array(1)))).toBeInstanceOf(TypeError);
      expect(await thrownBy(() => torn.closed)).toBeInstanceOf(TypeError);
    });
  });

  everywhere("of bytes: refuses what is none", async () => {
    await taskGroup(async () => {
      for (const item of ["text", 7, null, undefined, [1]]) {
        let closed = 0;
        const source = (function* () {
          try {
            yield item;
          } finally {
            closed++;
          }
        })();
        const reader = toReadable(source, { bytes: true }).getReader();
        const thrown = (await thrownBy(() => reader.read())) as Error;
        expectSentence(() => {
          throw thrown;
        }, TypeError);
        await sleep(1);
        expect(closed).withContext("times that the source was closed").toBe(1);
      }
    });
  });

  it("refuses what toStream() refuses", () => {
    expectSentence(() => toReadable(of(1)), TypeError);
    expectSentence(() => toReadable([1], { highWaterMark: -1 }), RangeError);
    expectSentence(() => toReadable([1], { highWaterMark: NaN }), RangeError);
  });
});

describe("fromWritable(): a WritableStream of the web", () => {
  mayWait("sources and sinks of the host have timers of their own");
  /** A sink whose writes are finished by hand. */
  function gated(highWaterMark: number) {
    const log: string[] = [];
    const gates: (() => void)[] = [];
    const stream = new WritableStream<number>(
      {
        write: async (n) => {
          log.push(`write ${n}`);
          await new Promise<void>((done) => gates.push(done));
        },
        close: () => void log.push("close"),
        abort: (reason) => void log.push(`abort ${isCancelled(reason) ? "Cancelled" : String(reason)}`),
      },
      { highWaterMark },
    );
    return { log, gates, stream };
  }

  outdoors("send waits while there is no room: highWaterMark items, and one where there is none", async () => {
    for (const highWaterMark of [0, 1, 3]) {
      const { gates, stream, log } = gated(highWaterMark);
      const room = Math.max(highWaterMark, 1);
      await taskGroup(async (tg) => {
        const send = fromWritable<number>(stream);
        let sent = 0;
        tg.startSoon(async () => {
          for (let n = 1; n <= 5; n++) {
            await send.send(n);
            sent = n;
          }
          await send.aclose();
        });
        await sleep(3);
        expect(sent).toBe(room);
        expect(() => send.sendNowait(9)).toThrowError(WouldBlock);
        gates.shift()?.();
        await sleep(3);
        expect(sent).toBe(room + 1);
        while (log.at(-1) !== "close") {
          gates.shift()?.();
          await sleep(0);
        }
      });
      expect(log).toEqual(["write 1", "write 2", "write 3", "write 4", "write 5", "close"]);
      expect(stream.locked).toBeFalse();
    }
  });

  outdoors("several senders are served in order; a cancelled one sends nothing", async () => {
    const { gates, stream, log } = gated(1);
    await taskGroup(async (tg) => {
      const send = fromWritable<number>(stream);
      await send.send(1);
      tg.startSoon(() => moveOnAfter(2, () => send.send(2)));
      tg.startSoon(() => send.send(3));
      tg.startSoon(() => send.send(4));
      await sleep(5);
      for (let i = 0; i < 4; i++) {
        gates.shift()?.();
        await sleep(1);
      }
      await send.aclose();
    });
    expect(log).toEqual(["write 1", "write 3", "write 4", "close"]);
  });

  outdoors("its failure is thrown as it is, to who waits and to who comes", async () => {
    let fail: (error: unknown) => void = () => undefined;
    const stream = new WritableStream<number>({
      start: (controller) => {
        fail = (error) => controller.error(error);
      },
      write: () => new Promise(() => undefined),
    });
    await taskGroup(async (tg) => {
      const send = fromWritable<number>(stream);
      await send.send(1);
      const waiting = tg.startSoon(() => thrownBy(() => send.send(2)));
      await sleep(2);
      fail(boom);
      expect(await waiting).toBe(boom);
      expect(await thrownBy(() => send.send(3))).toBe(boom);
      await send.aclose();
      expect(await thrownBy(() => send.send(3))).toBeInstanceOf(ClosedResourceError);
    });
    expect(stream.locked).toBeFalse();
  });

  everywhere("error() aborts it with that", async () => {
    const { log, stream } = gated(1);
    await taskGroup(() => {
      const send = fromWritable<number>(stream);
      send.error(boom);
      send.error(new Error("second"));
      send.close();
    });
    expect([log, stream.locked]).toEqual([["abort RangeError: boom"], false]);
  });

  everywhere("the end of its scope closes it, and waits; cancelling that aborts it", async () => {
    const log: string[] = [];
    const sink = () =>
      new WritableStream<number>({
        write: (n) => void log.push(String(n)),
        close: async () => {
          await new Promise((done) => setTimeout(done, 2));
          log.push("closed");
        },
        abort: (reason) => void log.push(`abort ${named(reason)}`),
      });
    await taskGroup(async () => {
      await fromWritable<number>(sink()).send(1);
    });
    expect(log).toEqual(["1", "closed"]);
    await moveOnAfter(1, async () => {
      await fromWritable<number>(sink()).send(2);
      await sleepForever();
    });
    expect(log.slice(2)).toEqual(["2", "abort Cancelled"]);
    const scope = new CancelScope();
    await scope.enter(async () => {
      const send = fromWritable<number>(sink());
      scope.cancel();
      await send.aclose();
    });
    expect(log.slice(4)).toEqual(["abort Cancelled"]);
  });

  everywhere("closing twice closes once; a failure to close is thrown, or goes to the group", async () => {
    let closes = 0;
    await taskGroup(async () => {
      const send = fromWritable<number>(
        new WritableStream({
          close: () => {
            closes++;
          },
        }),
      );
      send.close();
      await send.aclose();
      send.complete();
      expect(closes).toBe(1);
    });
    const failing = () =>
      new WritableStream<number>({
        close: () => {
          throw boom;
        },
      });
    expect(await thrownBy(() => fromWritable<number>(failing()).aclose())).toBe(boom);
    const error = await thrownBy(() => taskGroup(() => fromWritable<number>(failing()).close()));
    expect((error as TaskGroupError).errors).toEqual([boom]);
  });

  outdoors("preventClose leaves it open and unlocked, and waits for what was written", async () => {
    const { log, gates, stream } = gated(1);
    await taskGroup(async (tg) => {
      const send = fromWritable<number>(stream, { preventClose: true });
      await send.send(1);
      tg.startSoon(async () => {
        await sleep(2);
        gates.shift()?.();
      });
      await send.aclose();
    });
    expect([log, stream.locked]).toEqual([["write 1"], false]);
  });

  it("refuses what is locked, or no stream at all", () => {
    const stream = new WritableStream();
    stream.getWriter();
    expectSentence(() => fromWritable(stream), TypeError);
    expectSentence(() => fromWritable({} as never), TypeError);
    expectSentence(() => fromWritable(undefined as never), TypeError);
  });
});

describe("toWritable(): a WritableStream of the web", () => {
  everywhere("the writer waits while the stream is full, one item ahead of it", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const writer = toWritable(send).getWriter();
      const done: number[] = [];
      for (const n of [1, 2, 3]) void writer.write(n).then(() => done.push(n));
      await sleep(2);
      expect([done, writer.desiredSize]).toEqual([[1], -1]);
      expect(await receive.receive()).toBe(1);
      await sleep(2);
      expect(done).toEqual([1, 2]);
      expect([await receive.receive(), await receive.receive()]).toEqual([2, 3]);
      await writer.close();
      expect(await thrownBy(() => receive.receive())).toBeInstanceOf(EndOfStream);
    });
  });

  everywhere("aborting it ends the stream with the reason, after what was buffered", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const writer = toWritable(send).getWriter();
      await writer.write(1);
      await writer.abort(boom);
      expect(await receive.receive()).toBe(1);
      expect(await thrownBy(() => receive.receive())).toBe(boom);
      const [send2, receive2] = createMemoryObjectStream<number>(1);
      await toWritable(send2).abort();
      expect(await thrownBy(() => receive2.receive())).toBeInstanceOf(BrokenResourceError);
    });
  });

  everywhere("a receiver that has gone fails the writer", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(0);
      const writer = toWritable(send).getWriter();
      const written = writer.write(1);
      await sleep(1);
      receive.close();
      expect(await thrownBy(() => written)).toBeInstanceOf(BrokenResourceError);
      expect(await thrownBy(() => writer.closed)).toBeInstanceOf(BrokenResourceError);
    });
  });

  everywhere("the end of its scope fails both sides", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const writer = (await taskGroup(() => [toWritable(send).getWriter()]))[0]!;
    expect(await thrownBy(() => writer.write(1))).toBeInstanceOf(BrokenResourceError);
    expect(await thrownBy(() => receive.receive())).toBeInstanceOf(BrokenResourceError);
    await writer.closed.catch(() => undefined);
  });

  everywhere("a chain of four, in lockstep: web to ours to web to ours", async () => {
    const { state, stream } = counted(0, 6);
    await taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<number>(0);
      const through = toReadable(fromReadable<number>(stream)).pipeTo(toWritable(send, { highWaterMark: 1 }));
      tg.startSoon(() => through.then(() => undefined));
      await sleep(3);
      expect(state.pulled).toBeLessThanOrEqual(2);
      const seen: number[] = [];
      for await (const n of receive) {
        await sleep(1);
        expect(state.pulled - n).toBeLessThanOrEqual(3);
        seen.push(n);
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    });
    expect(stream.locked).toBeFalse();
  });

  it("refuses what cannot be sent to", () => {
    expectSentence(() => toWritable({} as never), TypeError);
    expectSentence(() => toWritable(createMemoryObjectStream()[0], { highWaterMark: NaN }), RangeError);
  });
});
