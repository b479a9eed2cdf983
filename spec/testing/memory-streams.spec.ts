import {
  acloseForcefully,
  type ByteReceiveStream,
  type ByteSendStream,
  CancelScope,
  checkpoint,
  Event,
  isBusyResourceError,
  isCancelled,
  moveOnAfter,
  type Operation,
  race,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import {
  assertCheckpoints,
  lockstepStreamOneWayPair,
  lockstepStreamPair,
  MemoryReceiveStream,
  memoryStreamOneWayPair,
  memoryStreamPair,
  memoryStreamPump,
  MemorySendStream,
  waitAllTasksBlocked,
} from "anyrx/testing";
import { of, tap } from "rxjs";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (got: Uint8Array) => new TextDecoder().decode(got);
const read = async (op: Operation<Uint8Array>) => text(await op);

/** The name of what `work` throws. */
const refusal = async (work: () => unknown) => named(await thrownBy(work));

describe("A memory send stream", () => {
  everywhere("keeps what is sent until it is got, in pieces of any size", async () => {
    const stream = new MemorySendStream();
    await assertCheckpoints(() => stream.send(bytes("123")));
    expect(text(stream.getDataNowait(1))).toBe("1");
    expect(text(stream.getDataNowait())).toBe("23");
    expect(() => stream.getDataNowait()).toThrowMatching((error) => named(error) === "WouldBlock");
    expect(() => stream.getDataNowait(10)).toThrowMatching((error) => named(error) === "WouldBlock");
    await stream.send(bytes("456"));
    expect(text(await assertCheckpoints(() => stream.getData()))).toBe("456");
    await taskGroup(async (tg) => {
      const got = tg.startSoon(() => read(stream.getData(2)));
      await waitAllTasksBlocked();
      await stream.send(bytes("789"));
      expect([await got, text(stream.getDataNowait())]).toEqual(["78", "9"]);
    });
  });

  everywhere("serves one task at a time: of two that send at once one is told so (R3)", async () => {
    const stream = new MemorySendStream();
    const outcomes: string[] = [];
    await taskGroup((tg) => {
      const send = async () => {
        try {
          await stream.send(bytes("xxx"));
          outcomes.push("sent");
        } catch (error) {
          outcomes.push(named(error));
        }
      };
      tg.startSoon(send);
      tg.startSoon(send);
    });
    expect(outcomes.sort()).toEqual(["BusyResourceError", "sent"]);
    expect(await read(stream.getData())).toBe("xxx");
    await taskGroup(async (tg) => {
      const getting = tg.startSoon(() => stream.getData());
      await waitAllTasksBlocked();
      expect(await refusal(() => stream.getData())).toBe("BusyResourceError");
      expect(await refusal(() => stream.getDataNowait())).toBe("BusyResourceError");
      getting.cancel();
    });
  });

  everywhere("gives what is left after it was closed, then nothing, and takes no more (R1, R2)", async () => {
    const stream = new MemorySendStream();
    await stream.send(bytes("xxx"));
    await assertCheckpoints(() => stream.aclose());
    stream.close();
    const got = [await read(stream.getData()), await read(stream.getData()), text(stream.getDataNowait(5))];
    expect(got).toEqual(["xxx", "", ""]);
    expect(await refusal(() => stream.send(bytes("---")))).toBe("ClosedResourceError");
    const waiting = new MemorySendStream();
    await taskGroup(async (tg) => {
      const end = tg.startSoon(() => read(waiting.getData()));
      await waitAllTasksBlocked();
      waiting.close();
      expect(await end).toBe("");
    });
  });

  everywhere("runs its hooks: of any style in each send, and at each close", async () => {
    const log: string[] = [];
    const stream = new MemorySendStream({
      sendAllHook: async () => {
        await sleep(1);
        log.push(`hook got ${text(stream.getDataNowait())}`);
      },
      closeHook: () => log.push("closed"),
    });
    await stream.send(bytes("abc"));
    stream.sendAllHook = function* () {
      yield* sleep(1);
      log.push("generator");
    };
    await stream.send(bytes("def"));
    stream.sendAllHook = () => of(1).pipe(tap(() => log.push("rx")));
    await stream.send(bytes(""));
    stream.sendAllHook = null;
    await stream.send(bytes("ghi"));
    await acloseForcefully(stream);
    stream.close();
    expect(log).toEqual(["hook got abc", "generator", "rx", "closed", "closed"]);
    expect(text(stream.getDataNowait())).toBe("defghi");
    expect([new MemorySendStream().sendAllHook, new MemorySendStream().closeHook]).toEqual([null, null]);
  });

  everywhere("closes while its hook waits: the hook is cancelled, and send fails (R4)", async () => {
    const log: string[] = [];
    const stream = new MemorySendStream({
      sendAllHook: async () => {
        try {
          await sleepForever();
        } finally {
          log.push("cleaned up");
        }
      },
    });
    await taskGroup(async (tg) => {
      const sending = tg.startSoon(() => thrownBy(() => stream.send(bytes("abc"))));
      await waitAllTasksBlocked();
      stream.close();
      log.push(named(await sending));
    });
    const self = new MemorySendStream({
      sendAllHook: () => {
        self.close();
      },
    });
    await self.send(bytes("abc"));
    expect(log).toEqual(["cleaned up", "ClosedResourceError"]);
  });

  everywhere("lets an error of its hook through, and is free again", async () => {
    const no = new RangeError("no");
    const stream = new MemorySendStream({
      sendAllHook: () => {
        throw no;
      },
    });
    expect(await thrownBy(() => stream.send(bytes("a")))).toBe(no);
    stream.sendAllHook = null;
    await stream.send(bytes("b"));
    expect(text(stream.getDataNowait())).toBe("ab");
  });

  it("refuses what are no bytes, no sizes and no hooks", () => {
    const stream = new MemorySendStream();
    for (const wrong of ["text", [1], null, new ArrayBuffer(1), new Uint16Array(1)])
      expectSentence(() => stream.send(wrong as never), TypeError);
    for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
      expectSentence(() => stream.getData(wrong), RangeError);
      expectSentence(() => stream.getDataNowait(wrong), RangeError);
    }
    expectSentence(() => stream.getData("1" as never), TypeError);
    expectSentence(() => new MemorySendStream({ sendAllHook: 5 as never }), TypeError);
    expectSentence(() => new MemoryReceiveStream({ closeHook: {} as never }), TypeError);
  });
});

describe("A memory receive stream", () => {
  everywhere("gives what was put, then the end, again and again", async () => {
    const stream = new MemoryReceiveStream();
    stream.putData(bytes("abc"));
    expect(text(await assertCheckpoints(() => stream.receive(1)))).toBe("a");
    expect(await read(stream.receive(10))).toBe("bc");
    stream.putData(bytes("de"));
    stream.putData(bytes("f"));
    stream.putEof();
    stream.putEof();
    expect(await read(stream.receive())).toBe("def");
    for (let i = 0; i < 2; i++) expect(await refusal(() => stream.receive(10))).toBe("EndOfStream");
    expect(await refusal(() => stream.putData(bytes("---")))).toBe("ClosedResourceError");
  });

  everywhere("serves one task at a time, also when there is enough for two (R3)", async () => {
    const stream = new MemoryReceiveStream();
    stream.putData(bytes("abc"));
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => read(stream.receive(1)));
      const second = tg.startSoon(() => thrownBy(() => stream.receive(1)));
      expect(await first).toBe("a");
      expect(isBusyResourceError(await second)).toBeTrue();
    });
  });

  everywhere("runs its hooks in each receive, and at each close", async () => {
    const log: string[] = [];
    const stream = new MemoryReceiveStream({
      receiveSomeHook: async () => {
        await sleep(1);
        stream.putData(bytes("xxx"));
      },
      closeHook: () => log.push("closed"),
    });
    stream.putData(bytes("yyy"));
    const got = [await read(stream.receive(10)), await read(stream.receive(10))];
    stream.putData(bytes("zzz"));
    stream.receiveSomeHook = null;
    got.push(await read(stream.receive(10)));
    expect(got).toEqual(["yyyxxx", "xxx", "zzz"]);
    stream.putData(bytes("lost on close"));
    await assertCheckpoints(() => stream.aclose());
    expect(await refusal(() => stream.receive(10))).toBe("ClosedResourceError");
    stream.close();
    expect(log).toEqual(["closed", "closed"]);
  });

  everywhere("closed, it refuses; closing wakes who waits, also in the hook (R1, R4)", async () => {
    const stream = new MemoryReceiveStream();
    stream.close();
    stream.close();
    expect(await refusal(() => stream.receive())).toBe("ClosedResourceError");
    expect(await refusal(() => stream.putData(bytes("1")))).toBe("ClosedResourceError");
    for (const receiveSomeHook of [null, sleepForever]) {
      const waiting = new MemoryReceiveStream({ receiveSomeHook });
      await taskGroup(async (tg) => {
        const receiving = tg.startSoon(() => refusal(() => waiting.receive()));
        await waitAllTasksBlocked();
        waiting.close();
        expect(await receiving).toBe("ClosedResourceError");
      });
    }
  });

  everywhere(
    "is iterated and subscribed to until its end, and loses nothing when that is left early (R5)",
    async () => {
      const stream = new MemoryReceiveStream();
      stream.putData(bytes("ab"));
      for await (const piece of stream) {
        expect(text(piece)).toBe("ab");
        break;
      }
      stream.putData(bytes("cd"));
      const subscription = stream.subscribe(() => fail("it has left"));
      subscription.unsubscribe();
      await waitAllTasksBlocked();
      stream.putEof();
      const seen: string[] = [];
      await new Promise<void>((done) => stream.subscribe({ next: (piece) => seen.push(text(piece)), complete: done }));
      for await (const piece of stream) seen.push(text(piece));
      expect(seen).toEqual(["cd"]);
      stream.close();
      expect(
        await refusal(async () => {
          for await (const piece of stream) fail(text(piece));
        }),
      ).toBe("ClosedResourceError");
    },
  );

  everywhere("loses no byte, whenever its subscriber leaves", async () => {
    for (let delay = 0; delay < 12; delay++) {
      const stream = new MemoryReceiveStream();
      const seen: string[] = [];
      const subscription = stream.receive().subscribe((piece) => seen.push(text(piece)));
      await waitAllTasksBlocked();
      stream.putData(bytes("ab"));
      for (let i = 0; i < delay; i++) await null;
      subscription.unsubscribe();
      await waitAllTasksBlocked();
      if (seen.length === 0) seen.push((await moveOnAfter(5, () => read(stream.receive()))) ?? "lost");
      expect(seen).withContext(`after ${delay} microtasks`).toEqual(["ab"]);
    }
  });

  everywhere("loses no byte, whenever a task that runs next makes its subscriber leave", async () => {
    for (let steps = 0; steps < 5; steps++) {
      const stream = new MemoryReceiveStream();
      const gate = new Event();
      const seen: string[] = [];
      await taskGroup(async (tg) => {
        const subscription = stream.receive().subscribe((piece) => seen.push(text(piece)));
        tg.startSoon(function* () {
          yield* gate.wait();
          for (let i = 0; i < steps; i++) yield* checkpoint();
          subscription.unsubscribe();
        });
        await waitAllTasksBlocked();
        stream.putData(bytes("ab"));
        gate.set();
      });
      if (seen.length === 0) seen.push((await moveOnAfter(5, () => read(stream.receive()))) ?? "lost");
      expect(seen).withContext(`after ${steps} steps`).toEqual(["ab"]);
    }
  });

  it("copies what is put, and refuses what are no bytes and no sizes", async () => {
    const stream = new MemoryReceiveStream();
    const own = Buffer.from("abc");
    stream.putData(own.subarray(1));
    own.fill(0);
    expect(await read(stream.receive())).toBe("bc");
    for (const wrong of [0, -1, 1.5, NaN]) expectSentence(() => stream.receive(wrong), RangeError);
    expectSentence(() => stream.receive(null as never), TypeError);
    expectSentence(() => {
      stream.putData("text" as never);
    }, TypeError);
  });
});

describe("memoryStreamPump()", () => {
  everywhere("moves what is there, and the end once", async () => {
    const [send, receive] = [new MemorySendStream(), new MemoryReceiveStream()];
    expect(memoryStreamPump(send, receive)).toBeFalse();
    await send.send(bytes("123"));
    expect(memoryStreamPump(send, receive)).toBeTrue();
    expect(await read(receive.receive(10))).toBe("123");
    await send.send(bytes("456"));
    expect(memoryStreamPump(send, receive, { maxBytes: 1 })).toBeTrue();
    expect(await read(receive.receive(10))).toBe("4");
    expect([1, 2, 3].map(() => memoryStreamPump(send, receive, { maxBytes: 1 }))).toEqual([true, true, false]);
    expect(await read(receive.receive(10))).toBe("56");
    send.close();
    expect([1, 2].map(() => memoryStreamPump(send, receive))).toEqual([true, false]);
    expect(await refusal(() => receive.receive(10))).toBe("EndOfStream");
  });

  it("finds the other side closed, and refuses what it cannot pump", async () => {
    const [send, receive] = [new MemorySendStream(), new MemoryReceiveStream()];
    await send.send(bytes("1"));
    receive.close();
    expectSentence(() => memoryStreamPump(send, receive, { maxBytes: 0 }), RangeError);
    expect(await refusal(() => memoryStreamPump(send, receive))).toBe("BrokenResourceError");
    expect(text(send.getDataNowait())).toBe("1");
    expect(memoryStreamPump(send, receive)).toBeFalse();
    expectSentence(() => memoryStreamPump(receive as never, receive), TypeError);
    expectSentence(() => memoryStreamPump(send, send as never), TypeError);
  });
});

describe("memoryStreamOneWayPair()", () => {
  everywhere("connects its ends by its hooks: at each send, and when it is closed", async () => {
    const [send, receive] = memoryStreamOneWayPair();
    expect(send.sendAllHook).not.toBeNull();
    expect(send.closeHook).not.toBeNull();
    expect(receive.receiveSomeHook).toBeNull();
    await send.send(bytes("123"));
    expect(await read(receive.receive(10))).toBe("123");
    await taskGroup(async (tg) => {
      const got = tg.startSoon(() => read(receive.receive(10)));
      await waitAllTasksBlocked();
      await send.send(bytes("abc"));
      expect(await got).toBe("abc");
      const end = tg.startSoon(() => refusal(() => receive.receive(10)));
      await waitAllTasksBlocked();
      await send.aclose();
      expect(await end).toBe("EndOfStream");
    });
  });

  everywhere("stalls without its hook, and brings all of it when the hook is back, or at the close", async () => {
    const [send, receive] = memoryStreamOneWayPair();
    const { sendAllHook } = send;
    send.sendAllHook = null;
    await send.send(bytes("456"));
    await taskGroup(async (tg) => {
      const stalled = tg.startSoon(() => receive.receive(10));
      await waitAllTasksBlocked();
      expect(stalled.status).toBe("pending");
      stalled.cancel();
    });
    send.sendAllHook = sendAllHook;
    await send.send(bytes("789"));
    expect(await read(receive.receive(10))).toBe("456789");
    send.sendAllHook = null;
    await send.send(bytes("last"));
    send.close();
    expect(await read(receive.receive(10))).toBe("last");
    expect(await refusal(() => receive.receive(10))).toBe("EndOfStream");
  });

  everywhere("breaks when the receive end is closed, and closes all the same", async () => {
    const [send, receive] = memoryStreamOneWayPair();
    receive.close();
    expect(await refusal(() => send.send(bytes("1")))).toBe("BrokenResourceError");
    send.sendAllHook = null;
    await send.send(bytes("2"));
    send.close();
    expect(await refusal(() => send.send(bytes("3")))).toBe("ClosedResourceError");
  });
});

describe("memoryStreamPair()", () => {
  everywhere("carries bytes both ways, also after one side has sent its end", async () => {
    const [a, b] = memoryStreamPair();
    await a.send(bytes("123"));
    await b.send(bytes("abc"));
    expect([await read(b.receive(10)), await read(a.receive(10))]).toEqual(["123", "abc"]);
    await a.sendEof();
    expect(await refusal(() => b.receive(10))).toBe("EndOfStream");
    await taskGroup(async (tg) => {
      const got = tg.startSoon(() => read(a.receive(10)));
      await waitAllTasksBlocked();
      await b.send(bytes("xyz"));
      expect(await got).toBe("xyz");
    });
  });

  virtually("lets bytes trickle, one at a time, each after a second", async () => {
    const [left, right] = memoryStreamPair();
    left.sendStream.sendAllHook = async () => {
      while (memoryStreamPump(left.sendStream, right.receiveStream, { maxBytes: 1 })) await sleep(1000);
    };
    const seen: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await left.send(bytes("12345"));
        await left.sendEof();
      });
      for await (const piece of right) seen.push(text(piece));
    });
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });
});

describe("A lockstep stream", () => {
  everywhere("holds the sender until all it sends has been received", async () => {
    const [send, receive] = lockstepStreamOneWayPair();
    await taskGroup(async (tg) => {
      const sending = tg.startSoon(() => send.send(bytes("abc")));
      await waitAllTasksBlocked();
      expect(await read(receive.receive(2))).toBe("ab");
      await waitAllTasksBlocked();
      expect(sending.status).toBe("pending");
      expect(await read(receive.receive())).toBe("c");
      await sending;
      const receiving = tg.startSoon(() => read(receive.receive(2)));
      await waitAllTasksBlocked();
      const rest = tg.startSoon(() => send.send(bytes("def")));
      expect([await receiving, await read(receive.receive())]).toEqual(["de", "f"]);
      await rest;
      await send.send(bytes(""));
    });
  });

  everywhere("tells either side what the other one did (R2, R4)", async () => {
    const outcomes = async (
      act: (send: ByteSendStream, receive: ByteReceiveStream) => unknown,
      side: "send" | "receive",
    ) => {
      const [send, receive] = lockstepStreamOneWayPair();
      return await taskGroup(async (tg) => {
        const waiting = tg.startSoon(() =>
          refusal(side === "send" ? () => send.send(bytes("abc")) : () => receive.receive()),
        );
        await waitAllTasksBlocked();
        await act(send, receive);
        const first = await waiting;
        return [first, await refusal(() => send.send(bytes("x"))), await refusal(() => receive.receive())];
      });
    };
    const closeSend = (send: ByteSendStream) => send.aclose();
    const closeReceive = (_: ByteSendStream, receive: ByteReceiveStream) => receive.aclose();
    expect(await outcomes(closeSend, "send")).toEqual(["ClosedResourceError", "ClosedResourceError", "EndOfStream"]);
    expect(await outcomes(closeSend, "receive")).toEqual(["EndOfStream", "ClosedResourceError", "EndOfStream"]);
    const broken = ["BrokenResourceError", "BrokenResourceError", "ClosedResourceError"];
    expect(await outcomes(closeReceive, "send")).toEqual(broken);
    expect(await outcomes(closeReceive, "receive")).toEqual(["ClosedResourceError", ...broken.slice(1)]);
  });

  everywhere(
    "serves one task on each side, and takes back what a cancelled sender has not given (R3, M6)",
    async () => {
      const [send, receive] = lockstepStreamOneWayPair();
      await taskGroup(async (tg) => {
        const sending = tg.startSoon(() => send.send(bytes("abc")));
        await waitAllTasksBlocked();
        expect(await refusal(() => send.send(bytes("x")))).toBe("BusyResourceError");
        expect(await read(receive.receive(1))).toBe("a");
        sending.cancel();
        const receiving = tg.startSoon(() => read(receive.receive()));
        await waitAllTasksBlocked();
        expect(await refusal(() => receive.receive())).toBe("BusyResourceError");
        await send.send(bytes("next"));
        expect(await receiving).toBe("next");
      });
    },
  );

  everywhere("loses no byte, whenever its subscriber leaves", async () => {
    for (let delay = 0; delay < 6; delay++) {
      const [send, receive] = lockstepStreamOneWayPair();
      const seen: string[] = [];
      await taskGroup(async (tg) => {
        const subscription = receive.receive(2).subscribe((piece) => seen.push(text(piece)));
        const sending = tg.startSoon(() => send.send(bytes("abcd")));
        await sleep(0);
        for (let i = 0; i < delay; i++) await null;
        subscription.unsubscribe();
        while (seen.join("").length < 4) seen.push(await read(receive.receive(3)));
        await sending;
      });
      expect(seen.join("")).withContext(`after ${delay} microtasks`).toBe("abcd");
    }
  });

  everywhere("takes back what a subscriber was given who leaves in that very step", async () => {
    const [send, receive] = lockstepStreamOneWayPair();
    await taskGroup(async (tg) => {
      const subscription = receive.receive(2).subscribe(() => fail("it has left"));
      await waitAllTasksBlocked();
      await tg.startSoon(function* () {
        yield* send.send(bytes("ab"));
        subscription.unsubscribe();
      });
      const rest = tg.startSoon(() => send.send(bytes("cd")));
      expect([await read(receive.receive(1)), await read(receive.receive()), await read(receive.receive())]).toEqual([
        "a",
        "b",
        "cd",
      ]);
      await rest;
    });
  });

  everywhere("gives each receiver an array of its own, also of a Buffer", async () => {
    const [send, receive] = lockstepStreamOneWayPair();
    await taskGroup(async (tg) => {
      const own = Buffer.from("abc");
      const sending = tg.startSoon(() => send.send(own));
      const got = await receive.receive();
      await sending;
      own.fill(0);
      expect(text(got)).toBe("abc");
    });
  });

  everywhere("goes both ways as a pair", async () => {
    const [a, b] = lockstepStreamPair();
    await taskGroup(async (tg) => {
      tg.startSoon(() => a.send(bytes("ping")));
      expect(await read(b.receive())).toBe("ping");
      tg.startSoon(() => b.send(bytes("pong")));
      expect(await read(a.receive())).toBe("pong");
      await a.sendEof();
      expect(await refusal(() => b.receive())).toBe("EndOfStream");
    });
  });

  everywhere("takes part in a race, and in a scope that is cancelled", async () => {
    const [send, receive] = lockstepStreamOneWayPair();
    expect(
      await race(
        async () => text(await receive.receive()),
        async () => {
          await sleep(1);
          return "late";
        },
      ),
    ).toBe("late");
    const scope = new CancelScope();
    scope.cancel();
    const seen: unknown[] = [];
    await scope.enter(async () => {
      seen.push(await thrownBy(() => send.send(bytes("x"))), await thrownBy(() => receive.receive()));
    });
    expect(seen.map(isCancelled)).toEqual([true, true]);
    expectSentence(() => send.send("text" as never), TypeError);
    expectSentence(() => receive.receive(0), RangeError);
  });
});
