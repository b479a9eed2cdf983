import {
  BrokenResourceError,
  createMemoryObjectStream,
  EndOfStream,
  fromReadable,
  fromWritable,
  sleep,
  taskGroup,
  toReadable,
  toWritable,
} from "anyrx";
import { everywhere, outdoors, thrownBy } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

const boom = new RangeError("boom");

/** A target of the web that takes `ms` for each write, and notes everything. */
function noted(highWaterMark: number, ms = 0) {
  const log: string[] = [];
  let control!: WritableStreamDefaultController;
  const stream = new WritableStream<unknown>(
    {
      start: (given) => {
        control = given;
      },
      write: async (item) => {
        log.push(String(item));
        if (ms > 0) await new Promise((done) => setTimeout(done, ms));
      },
      close: () => void log.push("close"),
      abort: (reason) => void log.push(`abort ${String((reason as Error | undefined)?.name)}`),
    },
    { highWaterMark },
  );
  return { log, stream, fail: (error: unknown) => control.error(error) };
}

describe("a stream of ours, piped on the web", () => {
  mayWait("sources and sinks of the host have timers of their own");

  outdoors("is not read for a target that wants nothing, and loses nothing by its failure", async () => {
    const [send, receive] = createMemoryObjectStream<string>(2);
    for (const item of "ab") send.sendNowait(item);
    send.close();
    await taskGroup(async () => {
      const readable = toReadable(receive);
      const { log, stream, fail } = noted(0);
      const piped = readable.pipeTo(stream, { preventCancel: true });
      piped.catch(() => undefined);
      await sleep(3);
      expect(receive.statistics().currentBufferUsed).toBe(2);
      fail(boom);
      expect(await thrownBy(() => piped)).toBe(boom);
      expect(log).toEqual([]);
      const rest: unknown[] = [];
      for await (const item of readable) rest.push(item);
      expect(rest).toEqual(["a", "b"]);
    });
  });

  outdoors("is read as far as the target wants before it is done with the first", async () => {
    const [send, receive] = createMemoryObjectStream<number>(9);
    for (let n = 1; n <= 9; n++) send.sendNowait(n);
    send.close();
    await taskGroup(async () => {
      const { log, stream } = noted(3, 5);
      const piped = toReadable(receive).pipeTo(stream);
      await sleep(2);
      expect([log.length, receive.statistics().currentBufferUsed]).toEqual([1, 6]);
      await piped;
      expect(log).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "close"]);
    });
  });

  everywhere("closes the target at its end, and leaves it open when told to", async () => {
    for (const preventClose of [false, true]) {
      await taskGroup(async () => {
        const { log, stream } = noted(1);
        await toReadable([1, 2]).pipeTo(stream, { preventClose });
        expect(log).toEqual(preventClose ? ["1", "2"] : ["1", "2", "close"]);
        expect(stream.locked).toBeFalse();
      });
    }
  });

  everywhere("aborts the target with its error, after what came before it", async () => {
    for (const preventAbort of [false, true]) {
      await taskGroup(async () => {
        const [send, receive] = createMemoryObjectStream<number>(3);
        send.sendNowait(1);
        send.error(boom);
        const { log, stream } = noted(1);
        expect(await thrownBy(() => toReadable(receive).pipeTo(stream, { preventAbort }))).toBe(boom);
        expect(log).toEqual(preventAbort ? ["1"] : ["1", "abort RangeError"]);
      });
    }
  });

  everywhere("is closed when the target fails, and its senders are told", async () => {
    await taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<number>(0);
      const { stream, fail } = noted(1);
      const piped = toReadable(receive).pipeTo(stream);
      piped.catch(() => undefined);
      await send.send(1);
      const blocked = tg.startSoon(() =>
        thrownBy(async () => {
          for (let n = 2; ; n++) await send.send(n);
        }),
      );
      fail(boom);
      expect(await thrownBy(() => piped)).toBe(boom);
      expect(await blocked).toBeInstanceOf(BrokenResourceError);
    });
  });

  everywhere("a signal stops it, closes it, and aborts the target", async () => {
    await taskGroup(async () => {
      const control = new AbortController();
      const [send, receive] = createMemoryObjectStream<number>(0);
      const { log, stream } = noted(1);
      const piped = toReadable(receive).pipeTo(stream, { signal: control.signal });
      piped.catch(() => undefined);
      await send.send(1);
      await sleep(1);
      control.abort(boom);
      expect(await thrownBy(() => piped)).toBe(boom);
      expect([log, send.statistics().openReceiveStreams]).toEqual([["1", "abort RangeError"], 0]);
    });
  });

  everywhere("cancelling it fails when closing its source fails; a second time it does nothing", async () => {
    const source = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        // eslint-disable-next-line no-unsafe-finally -- that is what it is about.
        throw boom;
      }
    };
    const errors = (await thrownBy(() =>
      taskGroup(async () => {
        const reader = toReadable(source()).getReader();
        await reader.read();
        await reader.cancel().catch(() => undefined);
        await reader.cancel();
      }),
    )) as { errors: unknown[] };
    expect(errors.errors).toEqual([boom]);
  });

  everywhere("is teed: both have everything", async () => {
    await taskGroup(async () => {
      const both = toReadable([1, 2, 3]).tee();
      const seen = both.map(async (branch) => {
        const items: unknown[] = [];
        for await (const item of fromReadable(branch)) items.push(item);
        return items;
      });
      expect(await Promise.all(seen)).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
    });
  });
});

describe("a stream of the web, piped into one of ours", () => {
  mayWait("sources and sinks of the host have timers of their own");

  everywhere("ends it, fails it, and leaves it open when told to", async () => {
    await taskGroup(async () => {
      const ends: [ReadableStream<number>, StreamPipeOptions, unknown][] = [
        [numbers(2), {}, EndOfStream],
        [numbers(2, boom), {}, boom],
        [numbers(2), { preventClose: true }, null],
        [numbers(2, boom), { preventAbort: true }, null],
      ];
      for (const [source, options, end] of ends) {
        const [send, receive] = createMemoryObjectStream<number>(3);
        await source.pipeTo(toWritable(send) as WritableStream<number>, options).catch(() => undefined);
        expect([await receive.receive(), await receive.receive()]).toEqual([1, 2]);
        if (end === null) expect(receive.statistics().openSendStreams).toBe(1);
        else if (end === boom) expect(await thrownBy(() => receive.receive())).toBe(boom);
        else expect(await thrownBy(() => receive.receive())).toBeInstanceOf(EndOfStream);
      }
    });
  });

  everywhere("is cancelled when nobody receives any more", async () => {
    for (const preventCancel of [false, true]) {
      await taskGroup(async () => {
        const [send, receive] = createMemoryObjectStream<number>(0);
        const source = numbers(Infinity);
        const piped = source.pipeTo(toWritable(send) as WritableStream<number>, { preventCancel });
        piped.catch(() => undefined);
        expect(await receive.receive()).toBe(1);
        receive.close();
        expect(await thrownBy(() => piped)).toBeInstanceOf(BrokenResourceError);
        const reader = source.getReader();
        expect((await reader.read()).done).toBe(!preventCancel);
        await reader.cancel();
      });
    }
  });

  everywhere("aborted while an item waits for room, it withdraws that, and does not wait for a receiver", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const writer = toWritable(send).getWriter();
      writer.closed.catch(() => undefined);
      const writes = [1, 2, 3].map((n) =>
        writer.write(n).then(
          () => n,
          () => "failed",
        ),
      );
      await sleep(1);
      await writer.abort(boom);
      expect(await Promise.all(writes)).toEqual([1, "failed", "failed"]);
      expect(await receive.receive()).toBe(1);
      expect(await thrownBy(() => receive.receive())).toBe(boom);
    });
  });

  everywhere(
    "stopped by a signal, it ends with that, after what waited for room: pipeTo() waits for that",
    async () => {
      await taskGroup(async () => {
        const control = new AbortController();
        const [send, receive] = createMemoryObjectStream<number>(1);
        const piped = numbers(Infinity).pipeTo(toWritable(send) as WritableStream<number>, { signal: control.signal });
        piped.catch(() => undefined);
        await sleep(1);
        control.abort(boom);
        const seen: number[] = [];
        const thrown = await thrownBy(async () => {
          for await (const n of receive) seen.push(n);
        });
        expect(thrown).toBe(boom);
        expect(seen.slice(0, 2)).toEqual([1, 2]);
        expect(seen.length).withContext("what was read already is written").toBeLessThanOrEqual(3);
        expect(await thrownBy(() => piped)).toBe(boom);
      });
    },
  );

  everywhere("closing it waits for what was written, in order", async () => {
    await taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<number>(0);
      const writer = toWritable(send, { highWaterMark: 5 }).getWriter();
      const log: string[] = [];
      for (const n of [1, 2, 3]) void writer.write(n).then(() => log.push(`written ${String(n)}`));
      const closed = writer.close().then(() => log.push("closed"));
      tg.startSoon(async () => {
        for await (const n of receive) log.push(`got ${String(n)}`);
      });
      await closed;
      expect(log.filter((line) => line !== "closed" && line.startsWith("got"))).toEqual(["got 1", "got 2", "got 3"]);
      expect(log.indexOf("closed")).toBeGreaterThan(log.indexOf("written 3"));
    });
  });
});

describe("a stream of ours into a target of the web", () => {
  mayWait("sources and sinks of the host have timers of their own");

  everywhere("a target that is closing or closed already refuses what is sent", async () => {
    await taskGroup(async () => {
      const { stream } = noted(1);
      await stream.close();
      const send = fromWritable(stream);
      expect(await thrownBy(() => send.send(1))).toBeInstanceOf(BrokenResourceError);
    });
  });

  everywhere("a target that has failed already throws its error, whatever that is", async () => {
    for (const error of [boom, undefined, null, 0, ""]) {
      await taskGroup(async () => {
        const { stream, fail } = noted(1);
        fail(error);
        const send = fromWritable(stream);
        let thrown = { error: "nothing" as unknown };
        try {
          await send.send(1);
          await send.send(2);
          await send.send(3);
        } catch (caught) {
          thrown = { error: caught };
        }
        expect(thrown).toEqual({ error });
      });
    }
  });

  everywhere("and a source that has failed already, too", async () => {
    for (const error of [boom, undefined, null, 0, ""]) {
      await taskGroup(async () => {
        const receive = fromReadable(new ReadableStream({ start: (control) => control.error(error) }));
        let thrown = { error: "nothing" as unknown };
        try {
          await receive.receive();
        } catch (caught) {
          thrown = { error: caught };
        }
        expect(thrown).toEqual({ error });
      });
    }
  });
});

/** A source of 1, 2, … that ends, or fails, after `count` of them. */
function numbers(count: number, error?: unknown): ReadableStream<number> {
  let n = 0;
  return new ReadableStream<number>(
    {
      pull(control) {
        if (++n <= count) control.enqueue(n);
        else if (error === undefined) control.close();
        else control.error(error);
      },
    },
    { highWaterMark: 0 },
  );
}
