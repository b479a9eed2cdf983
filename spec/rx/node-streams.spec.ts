import { once } from "node:events";
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  abortable,
  BrokenResourceError,
  ClosedResourceError,
  createMemoryObjectStream,
  EndOfStream,
  fromReadable,
  fromWritable,
  moveOnAfter,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
  toReadable,
  toWritable,
} from "anyrx";
import { everywhere, expectSentence, LONG, named, outdoors, thrownBy } from "../field/everywhere.ts";
import { listenersOf } from "./counted.ts";
import { mayWait } from "../support/real-time.ts";

const boom = new RangeError("boom");

/** A source that counts what was read from it. */
function counted(highWaterMark: number, end = Infinity) {
  const state = { read: 0, destroyed: 0 };
  const stream = new Readable({
    objectMode: true,
    highWaterMark,
    read() {
      this.push(++state.read > end ? null : state.read);
    },
    destroy(error, done) {
      state.destroyed++;
      done(error);
    },
  });
  return { state, stream };
}

describe("fromReadable(): a Readable of Node", () => {
  everywhere("reads nothing before somebody receives, and no further ahead than its highWaterMark", async () => {
    for (const highWaterMark of [1, 3]) {
      const { state, stream } = counted(highWaterMark);
      await taskGroup(async () => {
        const receive = fromReadable<number>(stream);
        await sleep(3);
        expect(state.read).toBe(0);
        expect([await receive.receive(), await receive.receive()]).toEqual([1, 2]);
        await sleep(3);
        expect(state.read).toBeLessThanOrEqual(2 + highWaterMark);
        await receive.aclose();
      });
      expect([state.destroyed, listenersOf(stream)]).toEqual([1, 0]);
    }
  });

  everywhere("ends with it, and takes its listeners off", async () => {
    const { stream } = counted(2, 3);
    const seen: number[] = [];
    for await (const n of fromReadable<number>(stream)) seen.push(n);
    expect([seen, listenersOf(stream)]).toEqual([[1, 2, 3], 0]);
    // One that has ended already.
    const ended = fromReadable<number>(stream);
    expect(await thrownBy(() => ended.receive())).toBeInstanceOf(EndOfStream);
    expect(listenersOf(stream)).toBe(0);
  });

  everywhere("its error comes as it is; a close before its end breaks it", async () => {
    for (const error of [boom, undefined]) {
      const stream = new PassThrough({ objectMode: true });
      const before = listenersOf(stream);
      const receive = fromReadable<number>(stream);
      stream.write(1);
      expect(await receive.receive()).toBe(1);
      await taskGroup(async (tg) => {
        tg.startSoon(() => void stream.destroy(error));
        const thrown = await thrownBy(() => receive.receive());
        if (error === undefined) expect(thrown).toBeInstanceOf(BrokenResourceError);
        else expect(thrown).toBe(boom);
      });
      expect(listenersOf(stream)).toBe(before);
    }
  });

  everywhere("one that has failed or closed already says so, and nobody is left listening", async () => {
    for (const error of [boom, undefined]) {
      for (const late of [false, true]) {
        const stream = new PassThrough();
        const before = listenersOf(stream);
        if (error !== undefined && late) stream.once("error", () => undefined);
        stream.destroy(error);
        if (late) await abortable((_signal) => new Promise<void>((done) => stream.once("close", done)));
        const receive = fromReadable(stream);
        const thrown = await thrownBy(() => receive.receive());
        if (error === undefined) expect(thrown).toBeInstanceOf(BrokenResourceError);
        else expect(thrown).toBe(boom);
        expect(listenersOf(stream)).toBe(before);
      }
    }
  });

  outdoors("cancelled while it reads, it destroys the source without an error, and waits for that", async () => {
    const log: string[] = [];
    const stream = new Readable({
      read: () => undefined,
      destroy(error, done) {
        setTimeout(() => {
          log.push(`destroyed: ${String(error)}`);
          done(error);
        }, 3);
      },
    });
    await moveOnAfter(2, () => fromReadable(stream).receive());
    await taskGroup(() => undefined);
    await sleep(6);
    expect([log, listenersOf(stream)]).toEqual([["destroyed: null"], 0]);
  });

  everywhere("a source that fails to be destroyed is reported to the group", async () => {
    const stream = new Readable({
      objectMode: true,
      read() {
        this.push(1);
      },
      destroy(_error, done) {
        done(boom);
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
    expect(listenersOf(stream)).toBe(0);
  });

  everywhere("preventCancel gives back what was read ahead", async () => {
    const { stream } = counted(1);
    await taskGroup(async () => {
      const receive = fromReadable<number>(stream, { preventCancel: true, maxBufferSize: 3 });
      expect(await receive.receive()).toBe(1);
      await sleep(3);
      expect(receive.statistics().currentBufferUsed).toBe(3);
      await receive.aclose();
      expect(await fromReadable<number>(stream).receive()).toBe(2);
    });
    expect(stream.destroyed).toBeTrue();
  });

  everywhere("preventCancel leaves it open", async () => {
    const { state, stream } = counted(1);
    await taskGroup(async () => {
      const receive = fromReadable<number>(stream, { preventCancel: true });
      expect(await receive.receive()).toBe(1);
      await receive.aclose();
    });
    expect([state.destroyed, listenersOf(stream)]).toEqual([0, 0]);
    stream.destroy();
  });
});

describe("toReadable(): a Readable of Node", () => {
  everywhere("takes nothing before somebody reads, and ends with the source", async () => {
    await taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<number>(0);
      let sent = 0;
      tg.startSoon(async () => {
        for (let n = 1; n <= 3; n++) {
          await send.send(n);
          sent = n;
        }
        send.close();
      });
      const readable = toReadable(receive, { as: Readable });
      await sleep(3);
      expect(sent).toBe(0);
      const seen: number[] = [];
      await abortable(async (_signal) => {
        for await (const n of readable) seen.push(n as number);
      });
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  outdoors("fails with the source's error; destroying it closes the source, and waits", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      send.error(boom);
      const failing = toReadable(receive, { as: Readable });
      failing.read();
      const [error] = (await abortable((_signal) => once(failing, "error"))) as unknown[];
      expect(error).toBe(boom);
      const log: string[] = [];
      const source = async function* () {
        try {
          for (;;) yield 1;
        } finally {
          await sleep(2);
          log.push("cleaned up");
        }
      };
      const readable = toReadable(source(), { as: Readable });
      expect((await abortable((_signal) => once(readable, "readable"))).length).toBe(0);
      readable.destroy();
      await abortable((_signal) => once(readable, "close"));
      expect(log).toEqual(["cleaned up"]);
    });
  });

  everywhere("the end of its scope fails it", async () => {
    const readable = (await taskGroup(() => [toReadable(createMemoryObjectStream()[1], { as: Readable })]))[0]!;
    const [error] = (await abortable((_signal) => once(readable, "error"))) as unknown[];
    expect(error).toBeInstanceOf(BrokenResourceError);
  });

  everywhere("refuses an item that Node would take for the end", async () => {
    await taskGroup(async () => {
      const readable = toReadable([null], { as: Readable });
      readable.read();
      const [error] = (await abortable((_signal) => once(readable, "error"))) as unknown[];
      expectSentence(() => {
        throw error as Error;
      }, TypeError);
    });
  });
});

describe("fromWritable(): a Writable of Node", () => {
  /** A sink whose writes are finished by hand. */
  function gated(highWaterMark: number) {
    const log: string[] = [];
    const gates: (() => void)[] = [];
    const stream = new Writable({
      objectMode: true,
      highWaterMark,
      write(n, _encoding, done) {
        log.push(`write ${n}`);
        gates.push(done);
      },
      final(done) {
        log.push("final");
        done();
      },
      destroy(error, done) {
        log.push(`destroy ${error === null ? "" : error.message}`.trim());
        done(error);
      },
    });
    return { log, gates, stream };
  }

  outdoors("send waits while there is no room", async () => {
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
        while (!log.includes("final")) {
          gates.shift()?.();
          await sleep(0);
        }
      });
      expect(log.filter((line) => !line.startsWith("destroy"))).toEqual([
        "write 1",
        "write 2",
        "write 3",
        "write 4",
        "write 5",
        "final",
      ]);
      expect(listenersOf(stream)).toBe(0);
    }
  });

  outdoors("its failure is thrown as it is, to who waits and to who comes; a close breaks it", async () => {
    for (const error of [boom, undefined]) {
      const { stream } = gated(1);
      await taskGroup(async (tg) => {
        const send = fromWritable<number>(stream);
        await send.send(1);
        const waiting = tg.startSoon(() => thrownBy(() => send.send(2)));
        await sleep(2);
        stream.destroy(error);
        for (const thrown of [await waiting, await thrownBy(() => send.send(3))]) {
          if (error === undefined) expect(thrown).toBeInstanceOf(BrokenResourceError);
          else expect(thrown).toBe(boom);
        }
        await send.aclose();
        expect(await thrownBy(() => send.send(3))).toBeInstanceOf(ClosedResourceError);
      });
      expect(listenersOf(stream)).toBe(0);
    }
  });

  everywhere("error() destroys it with that, the end of its scope ends it, a cancellation destroys it", async () => {
    const one = gated(1);
    await taskGroup(() => {
      fromWritable(one.stream).error(boom);
    });
    expect(one.log).toEqual(["destroy boom"]);
    const two = gated(1);
    await taskGroup(() => void fromWritable(two.stream));
    expect(two.log[0]).toBe("final");
    const three = gated(1);
    await moveOnAfter(1, async () => {
      fromWritable(three.stream);
      await sleepForever();
    });
    await taskGroup(() => sleep(1));
    expect(three.log).toEqual(["destroy"]);
    for (const { stream } of [one, two, three]) expect(listenersOf(stream)).toBe(0);
  });

  everywhere("one that has failed, or was ended, says so", async () => {
    const ended = gated(1).stream;
    ended.end();
    const failed = gated(1).stream;
    failed.destroy(boom);
    await taskGroup(async () => {
      expect(await thrownBy(() => fromWritable(ended).send(1))).toBeInstanceOf(BrokenResourceError);
      expect(await thrownBy(() => fromWritable(failed).send(1))).toBe(boom);
    });
    expect([listenersOf(ended), listenersOf(failed)]).toEqual([0, 0]);
  });

  everywhere("an item that it cannot take is the sender's error", async () => {
    const stream = new PassThrough();
    await taskGroup(async () => {
      const send = fromWritable<unknown>(stream);
      expect(await thrownBy(() => send.send(5))).toBeInstanceOf(TypeError);
      stream.resume();
    });
  });
});

describe("toWritable(): a Writable of Node", () => {
  everywhere("writes wait while the stream is full; ending it ends the stream", async () => {
    await taskGroup(async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const writable = toWritable(send, { as: Writable });
      const written: number[] = [];
      for (const n of [1, 2, 3]) writable.write(n, () => written.push(n));
      writable.end();
      await sleep(3);
      expect([written, writable.writableNeedDrain]).toEqual([[1], false]);
      const seen: number[] = [];
      for await (const n of receive) seen.push(n);
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  everywhere("destroying it ends the stream with the error; a receiver that has gone fails it", async () => {
    await taskGroup(async () => {
      for (const error of [boom, undefined]) {
        const [send, receive] = createMemoryObjectStream<number>(1);
        const writable = toWritable(send, { as: Writable });
        writable.on("error", () => undefined);
        writable.destroy(error);
        const thrown = await thrownBy(() => receive.receive());
        if (error === undefined) expect(thrown).toBeInstanceOf(BrokenResourceError);
        else expect(thrown).toBe(boom);
      }
      const [send, receive] = createMemoryObjectStream<number>(0);
      const writable = toWritable(send, { as: Writable });
      writable.write(1);
      await sleep(1);
      const failed = once(writable, "error");
      receive.close();
      expect((await abortable((_signal) => failed))[0]).toBeInstanceOf(BrokenResourceError);
    });
  });
});

describe("real streams", () => {
  mayWait("sockets are real");
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "anyrx-streams-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  outdoors("a file is copied through both directions, with the chunks of its highWaterMark", async () => {
    const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
    writeFileSync(join(folder, "from"), bytes);
    const source = createReadStream(join(folder, "from"), { highWaterMark: 10_000 });
    const target = createWriteStream(join(folder, "to"));
    await taskGroup(async () => {
      const send = fromWritable<Uint8Array>(target);
      let chunks = 0;
      for await (const chunk of fromReadable<Uint8Array>(source)) {
        chunks++;
        await send.send(chunk);
      }
      await send.aclose();
      expect(chunks).toBe(30);
    });
    expect(Buffer.compare(readFileSync(join(folder, "to")), bytes)).toBe(0);
    expect([listenersOf(source), listenersOf(target)]).toEqual([0, 0]);
  });

  outdoors("a file that is not there says so, as Node says it", async () => {
    const receive = fromReadable(createReadStream(join(folder, "nothing")));
    expect(((await thrownBy(() => receive.receive())) as NodeJS.ErrnoException).code).toBe("ENOENT");
    await taskGroup(async () => {
      const send = fromWritable(createWriteStream(join(folder, "no", "folder")));
      const error = await thrownBy(async () => {
        await send.send("x");
        await send.aclose();
      });
      expect((error as NodeJS.ErrnoException).code).toBe("ENOENT");
    });
  });

  outdoors("a slow reader on a socket slows the sender down, and cancelling destroys the socket", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on("error", () => undefined))).listen(
      0,
      "127.0.0.1",
    );
    await abortable((_signal) => once(server, "listening"));
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await abortable((_signal) => once(client, "connect"));
    const before = listenersOf(client);
    let sent = 0;
    await moveOnAfter(LONG, async (scope) => {
      await taskGroup(async (tg) => {
        const send = fromWritable<Uint8Array>(client);
        tg.startSoon(async () => {
          for (;;) {
            await send.send(new Uint8Array(65_536));
            sent++;
          }
        });
        await sleep(45);
        const stuck = sent;
        await sleep(40);
        expect(sent).toBe(stuck); // Nobody reads: the buffers of both sides are full.
        const receive = fromReadable<Uint8Array>(sockets[0]!);
        for (let bytes = 0; bytes < 20_000_000;) bytes += (await receive.receive()).length;
        expect(sent).toBeGreaterThan(stuck);
        scope.cancel("enough");
        await sleepForever();
      });
    });
    expect([client.destroyed, sockets[0]!.destroyed, listenersOf(client) <= before]).toEqual([true, true, true]);
    server.close();
  });

  outdoors("the body of fetch(), which stops the server when it is left", async () => {
    const log: string[] = [];
    const server = createHttpServer((_request, response) => {
      const timer = setInterval(() => response.write("tick\n"), 1);
      response.on("close", () => {
        clearInterval(timer);
        log.push("the server noticed");
      });
    }).listen(0, "127.0.0.1");
    await abortable((_signal) => once(server, "listening"));
    const { port } = server.address() as AddressInfo;
    const { body } = await abortable((signal) => fetch(`http://127.0.0.1:${port}/`, { signal: signal }));
    let text = "";
    await taskGroup(async () => {
      for await (const chunk of fromReadable<Uint8Array>(body!)) {
        text += new TextDecoder().decode(chunk);
        if (text.length > 20) break;
      }
    });
    for (let i = 0; i < 100 && log.length === 0; i++) await sleep(2);
    expect(log).toEqual(["the server noticed"]);
    expect(body!.locked).toBeFalse();
    server.closeAllConnections();
    server.close();
  });

  outdoors("a request is answered by a stream of ours, through Node's pipeline", async () => {
    await taskGroup(async (tg) => {
      const server = createHttpServer((_request, response) => {
        const lines = async function* () {
          for (const line of ["a", "b", "c"]) {
            await sleep(1);
            yield line;
          }
        };
        void pipeline(toReadable(lines(), { as: Readable, in: tg }), response).catch((error: unknown) =>
          fail(named(error)),
        );
      }).listen(0, "127.0.0.1");
      await abortable((_signal) => once(server, "listening"));
      const { port } = server.address() as AddressInfo;
      const text = await abortable(async (signal) => {
        const response = await fetch(`http://127.0.0.1:${port}/`, { signal: signal });
        return await response.text();
      });
      expect(text).toBe("abc");
      server.closeAllConnections();
      server.close();
    });
  });
});
