import {
  acloseForcefully,
  BrokenResourceError,
  CancelScope,
  checkpoint,
  ClosedResourceError,
  createMemoryObjectStream,
  currentTime,
  EndOfStream,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
  WouldBlock,
} from "anyrx";
import { concatMap, firstValueFrom, from, lastValueFrom, map, take, toArray } from "rxjs";
import { blocked, everywhere, LONG, named, outdoors, thrownBy } from "./everywhere.ts";

describe("field: memory object streams", () => {
  everywhere("a receiver that waits is handed the item, by send and by sendNowait (M2)", async () => {
    const [send, receive] = createMemoryObjectStream<string>();
    const got: string[] = [];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 2; i++) tg.startSoon(async () => void got.push(await receive.receive()));
      await blocked();
      await send.send("a");
      send.sendNowait("b");
      expect(() => send.sendNowait("c")).toThrowError(WouldBlock);
    });
    expect(got).toEqual(["a", "b"]);
  });

  everywhere("without a buffer neither nowait call finds a partner", async () => {
    const [send, receive] = createMemoryObjectStream<number>(0);
    expect(() => send.sendNowait(1)).toThrowError(WouldBlock);
    expect(() => receive.receiveNowait()).toThrowError(WouldBlock);
    await taskGroup(async (tg) => {
      tg.startSoon(() => send.send(1));
      await blocked();
      expect(receive.receiveNowait()).toBe(1);
    });
  });

  everywhere("receiving frees the slot for the longest waiting sender at once (M3, F3)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    await taskGroup(async (tg) => {
      send.sendNowait(1);
      tg.startSoon(() => send.send(2));
      tg.startSoon(() => send.send(3));
      await blocked();
      expect(receive.receiveNowait()).toBe(1);
      expect(() => send.sendNowait(9)).toThrowError(WouldBlock);
      expect(receive.statistics().currentBufferUsed).toBe(1);
      expect([receive.receiveNowait(), await receive.receive()]).toEqual([2, 3]);
    });
  });

  everywhere("an item for a waiting receiver cannot be taken by who runs first (F3)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    let got = 0;
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        got = await receive.receive();
      });
      await blocked();
      send.sendNowait(2);
      expect(() => receive.receiveNowait()).toThrowError(WouldBlock);
    });
    expect(got).toBe(2);
  });

  everywhere("a send that completes in place cannot be overtaken by a later sendNowait", async () => {
    const [send, receive] = createMemoryObjectStream<string>(2);
    await taskGroup(async (tg) => {
      tg.startSoon(() => send.send("first"));
      tg.startSoon(() => send.sendNowait("second"));
    });
    expect([receive.receiveNowait(), receive.receiveNowait()]).toEqual(["first", "second"]);
  });

  everywhere("iteration ends with the stream (R5), async, generator and Observable", async () => {
    const collect = [
      async (receive: AsyncIterable<number>) => {
        const seen: number[] = [];
        for await (const n of receive) seen.push(n);
        return seen;
      },
      (receive: Parameters<typeof lastValueFrom<number>>[0]) => lastValueFrom(receive.pipe(toArray())),
    ];
    for (const how of collect) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const seen = await taskGroup(async (tg) => {
        tg.startSoon(function* () {
          for (const n of [1, 2, 3]) yield* send.send(n);
          send.close();
        });
        return await how(receive);
      });
      expect(seen).toEqual([1, 2, 3]);
    }
  });

  everywhere("closed ends refuse, also when asked again (R2, M2)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    await send.aclose();
    send.close();
    expect(() => send.sendNowait(1)).toThrowError(ClosedResourceError);
    expect(await thrownBy(() => send.send(1))).toBeInstanceOf(ClosedResourceError);
    expect(() => receive.receiveNowait()).toThrowError(EndOfStream);
    expect(await thrownBy(() => receive.receive())).toBeInstanceOf(EndOfStream);
    const [send2, receive2] = createMemoryObjectStream<number>(1);
    await receive2.aclose();
    expect(() => send2.sendNowait(1)).toThrowError(BrokenResourceError);
    expect(await thrownBy(() => send2.send(1))).toBeInstanceOf(BrokenResourceError);
    expect(() => receive2.receiveNowait()).toThrowError(ClosedResourceError);
    expect(await thrownBy(() => receive2.receive())).toBeInstanceOf(ClosedResourceError);
    expect(() => send.clone()).toThrowError(ClosedResourceError);
    expect(() => receive2.clone()).toThrowError(ClosedResourceError);
    send2.close();
    expect(() => send2.sendNowait(1)).toThrowError(ClosedResourceError);
  });

  everywhere("closing an end wakes who is blocked on that very end (R4)", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<string>();
      const other = send.clone();
      tg.startSoon(async () => void log.push(named(await thrownBy(() => send.send("withdrawn")))));
      tg.startSoon(async () => {
        await other.send("stays");
      });
      await blocked();
      send.close();
      log.push(await receive.receive());
      const [send2, receive2] = createMemoryObjectStream<string>();
      const other2 = receive2.clone();
      tg.startSoon(async () => void log.push(named(await thrownBy(() => receive2.receive()))));
      tg.startSoon(async () => void log.push(await other2.receive()));
      await blocked();
      receive2.close();
      await send2.send("to the other");
    });
    expect(log.sort()).toEqual(["ClosedResourceError", "ClosedResourceError", "stays", "to the other"]);
  });

  everywhere(
    "the last send end closes: EndOfStream; the last receive end: BrokenResourceError, also for falsy items (M5)",
    async () => {
      const one = createMemoryObjectStream<undefined>(1);
      const first = await thrownBy(() =>
        taskGroup(async (tg) => {
          tg.startSoon(() => one[1].receive());
          await blocked();
          one[0].close();
        }),
      );
      expect((first as TaskGroupError).errors[0]).toBeInstanceOf(EndOfStream);
      const two = createMemoryObjectStream<undefined>(0);
      const second = await thrownBy(() =>
        taskGroup(async (tg) => {
          tg.startSoon(() => two[0].send(undefined));
          await blocked();
          two[1].close();
        }),
      );
      expect((second as TaskGroupError).errors[0]).toBeInstanceOf(BrokenResourceError);
    },
  );

  everywhere("falsy items are items", async () => {
    const [send, receive] = createMemoryObjectStream<unknown>(10);
    const items = [undefined, null, 0, "", false, NaN];
    for (const item of items) await send.send(item);
    send.close();
    const seen: unknown[] = [];
    for await (const item of receive) seen.push(item);
    expect(seen).toEqual(items);
  });

  everywhere("what is buffered is received after the send end closed; a last receive end drops it", async () => {
    const [send, receive] = createMemoryObjectStream<string>(2);
    await send.send("a");
    send.close();
    expect(await receive.receive()).toBe("a");
    const [send2, receive2] = createMemoryObjectStream<string>(2);
    await send2.send("b");
    receive2.close();
    expect(send2.statistics().currentBufferUsed).toBe(0);
  });

  everywhere("cancelled waiters leave the queues: neither nowait call finds them (M6)", async () => {
    const [send, receive] = createMemoryObjectStream<string>();
    await taskGroup(async (tg) => {
      tg.startSoon(() => receive.receive());
      await blocked();
      tg.cancel();
    });
    expect(() => send.sendNowait("x")).toThrowError(WouldBlock);
    await taskGroup(async (tg) => {
      tg.startSoon(() => send.send("x"));
      await blocked();
      tg.cancel();
    });
    expect(() => receive.receiveNowait()).toThrowError(WouldBlock);
    expect(send.statistics().tasksWaitingSend + send.statistics().tasksWaitingReceive).toBe(0);
  });

  everywhere("in a cancelled scope receive takes nothing and send gives nothing (F1)", async () => {
    const [send, receive] = createMemoryObjectStream<string>(5);
    await send.send("kept");
    for (const wait of [() => receive.receive(), () => send.send("not sent")]) {
      const scope = new CancelScope();
      await scope.enter(async () => {
        scope.cancel();
        await wait();
      });
      expect(scope.cancelledCaught).toBeTrue();
    }
    expect(receive.receiveNowait()).toBe("kept");
    expect(() => receive.receiveNowait()).toThrowError(WouldBlock);
  });

  everywhere("an item handed over just before the receiver is cancelled is received (M7)", async () => {
    for (const style of ["async", "generator", "observable"] as const) {
      const [send, receive] = createMemoryObjectStream<string>();
      const got: string[] = [];
      const bodies: Record<typeof style, () => unknown> = {
        async: async () => void got.push(await receive.receive()),
        generator: function* () {
          got.push(yield* receive.receive());
        },
        observable: () => receive.receive().pipe(map((item) => got.push(item))),
      };
      const scope = new CancelScope();
      await taskGroup(async (tg) => {
        tg.startSoon(() => scope.enter(bodies[style]));
        await blocked();
        send.sendNowait("hello");
        scope.cancel();
      });
      expect(got).withContext(style).toEqual(["hello"]);
    }
  });

  everywhere("a receiver cancelled before the send is offered nothing", async () => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    await taskGroup(async (tg) => {
      const scope = new CancelScope();
      tg.startSoon(() => scope.enter(() => receive.receive()));
      await blocked();
      scope.cancel();
      send.sendNowait("item");
    });
    expect(receive.receiveNowait()).toBe("item");
  });

  everywhere("a receiver that takes and closes at once does not fail the sender (M8)", async () => {
    const [send, receive] = createMemoryObjectStream<string>();
    await taskGroup((tg) => {
      tg.startSoon(async () => {
        await send.send("test");
        send.close();
      });
      tg.startSoon(async () => {
        expect(await receive.receive()).toBe("test");
        receive.close();
      });
    });
  });

  everywhere("statistics count ends, waiters and items, and do not change afterwards (R6)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const before = send.statistics();
    const other = receive.clone();
    await taskGroup(async (tg) => {
      for (let i = 0; i < 4; i++) tg.startSoon(() => send.send(i));
      await blocked();
      expect(receive.statistics()).toEqual({
        currentBufferUsed: 1,
        maxBufferSize: 1,
        openSendStreams: 1,
        openReceiveStreams: 2,
        tasksWaitingSend: 3,
        tasksWaitingReceive: 0,
      });
      for (let left = 2; left >= 0; left--) {
        other.receiveNowait();
        expect(send.statistics().tasksWaitingSend).toBe(left);
      }
      other.receiveNowait();
    });
    expect(Object.isFrozen(before)).toBeTrue();
    expect(before.openReceiveStreams).toBe(1);
  });

  everywhere("each item goes to exactly one of many receivers, FIFO among senders (M4, M10)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(3);
    const got: number[] = [];
    await taskGroup((tg) => {
      tg.startSoon(() =>
        taskGroup((senders) => {
          for (let s = 0; s < 4; s++) {
            const end = send.clone();
            senders.startSoon(async () => {
              for (let i = 0; i < 25; i++) await end.send(s * 25 + i);
              end.close();
            });
          }
          send.close();
        }),
      );
      for (let r = 0; r < 3; r++) {
        const end = receive.clone();
        tg.startSoon(async () => {
          for await (const item of end) got.push(item);
          end.close();
        });
      }
      receive.close();
    });
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  everywhere("random cancellation loses and doubles nothing (M10)", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const sent: number[] = [];
    const got: number[] = [];
    let seed = 42;
    const dice = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    await taskGroup(async (tg) => {
      const senders = Array.from({ length: 40 }, (_, i) =>
        tg.startSoon(async () => {
          await send.send(i);
          sent.push(i);
        }),
      );
      const receivers = Array.from({ length: 40 }, () =>
        tg.startSoon(async () => void got.push(await receive.receive())),
      );
      for (let round = 0; round < 30; round++) {
        const pool = dice(2) === 0 ? senders : receivers;
        pool[dice(pool.length)]!.cancel();
        await checkpoint();
      }
      await blocked();
      tg.cancel();
    });
    for (;;) {
      try {
        got.push(receive.receiveNowait());
      } catch {
        break;
      }
    }
    const byNumber = (a: number, b: number) => a - b;
    expect(got.sort(byNumber)).toEqual(sent.sort(byNumber));
  });

  everywhere("acloseForcefully closes in a cancelled scope (R1)", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    await acloseForcefully(send);
    await acloseForcefully(receive);
    await acloseForcefully(receive);
    expect([send.statistics().openSendStreams, send.statistics().openReceiveStreams]).toEqual([0, 0]);
  });

  outdoors("two tasks that exchange items for ever let a 10 ms timer through (F5)", async () => {
    for (const style of ["async", "generator"] as const) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const start = performance.now();
      let stop = false;
      setTimeout(() => (stop = true), 10);
      await taskGroup((tg) => {
        if (style === "async") {
          tg.startSoon(async () => {
            while (!stop && performance.now() - start < 1000) await send.send(1);
            send.close();
          });
          tg.startSoon(async () => {
            for await (const _ of receive);
          });
        } else {
          tg.startSoon(function* () {
            while (!stop && performance.now() - start < 1000) yield* send.send(1);
            send.close();
          });
          tg.startSoon(function* () {
            try {
              for (;;) yield* receive.receive();
            } catch (error) {
              if (!(error instanceof EndOfStream)) throw error;
            }
          });
        }
      });
      expect(performance.now() - start)
        .withContext(style)
        .toBeLessThan(500);
    }
  });
});

describe("field: memory object streams and RxJS", () => {
  everywhere("source$.subscribe(send) sends all and closes", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    from([1, 2, 3]).subscribe(send);
    expect(await lastValueFrom(receive.pipe(toArray()))).toEqual([1, 2, 3]);
  });

  everywhere("error(e) ends the stream with e once the buffer is drained", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    send.next(1);
    send.error(new RangeError("source failed"));
    expect(await receive.receive()).toBe(1);
    expect(await thrownBy(() => receive.receive())).toBeInstanceOf(RangeError);
    const [send2, receive2] = createMemoryObjectStream<number>(5);
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        expect(await thrownBy(() => receive2.receive())).toBeUndefined();
      });
      await blocked();
      send2.error(undefined);
    });
  });

  everywhere("take(1) on a receive end takes one item and leaves the rest", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    for (const n of [1, 2, 3]) send.sendNowait(n);
    expect(await firstValueFrom(receive.pipe(take(1)))).toBe(1);
    expect(await firstValueFrom(receive)).toBe(2);
    expect(receive.receiveNowait()).toBe(3);
    const later = firstValueFrom(receive.pipe(take(1)));
    send.sendNowait(4);
    send.sendNowait(5);
    expect(await later).toBe(4);
    expect(receive.receiveNowait()).toBe(5);
  });

  everywhere("leaving a for await loop leaves the rest and the end open", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    for (const n of [1, 2, 3]) send.sendNowait(n);
    for await (const n of receive) if (n === 2) break;
    expect(await receive.receive()).toBe(3);
  });

  everywhere("unsubscribing while the item is on its way puts it back at the head", async () => {
    for (const op of ["receive", "end"] as const) {
      const [send, receive] = createMemoryObjectStream<number>(5);
      const seen: number[] = [];
      const subscription = (op === "receive" ? receive.receive() : receive).subscribe((n) => seen.push(n));
      send.sendNowait(1);
      subscription.unsubscribe();
      send.sendNowait(2);
      await blocked();
      expect(seen).withContext(op).toEqual([]);
      expect([receive.receiveNowait(), receive.receiveNowait()]).withContext(op).toEqual([1, 2]);
    }
  });

  everywhere("without a buffer the item goes back as well, and to the next receiver if one waits", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const seen: string[] = [];
    const first = receive.receive().subscribe((n) => seen.push(`first ${n}`));
    const second = receive.receive().subscribe((n) => seen.push(`second ${n}`));
    send.sendNowait(1);
    first.unsubscribe();
    await blocked();
    expect(seen).toEqual(["second 1"]);
    second.unsubscribe();
    const third = receive.receive().subscribe((n) => seen.push(`third ${n}`));
    send.sendNowait(2);
    third.unsubscribe();
    expect(receive.receiveNowait()).toBe(2);
  });

  everywhere("unsubscribing from a send that waits withdraws the item", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const subscription = send.send(1).subscribe();
    subscription.unsubscribe();
    expect(() => receive.receiveNowait()).toThrowError(WouldBlock);
  });

  everywhere("backpressure through concatMap(send): a slow consumer slows the source", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    let most = 0;
    let made = 0;
    const consume = operation(async () => {
      let taken = 0;
      for await (const _ of receive) {
        await sleep(1);
        taken++;
        most = Math.max(most, made - taken);
      }
      return taken;
    });
    const taken = await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 10; i++) {
          made++;
          await firstValueFrom(from([i]).pipe(concatMap((n) => send.send(n))), { defaultValue: undefined });
        }
        send.close();
      });
      return await consume();
    });
    expect(taken).toBe(10);
    expect(most).toBeLessThan(5);
  });

  everywhere("Closed and Broken are thrown from iteration and subscription, not swallowed (R5)", async () => {
    const [, receive] = createMemoryObjectStream<number>();
    const seen: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        const error = await thrownBy(async () => {
          for await (const _ of receive);
        });
        seen.push(`loop ${named(error)}`);
      });
      receive.subscribe({ error: (e) => seen.push(`subscriber ${named(e)}`) });
      await blocked();
      receive.close();
    });
    expect(seen.sort()).toEqual(["loop ClosedResourceError", "subscriber ClosedResourceError"]);
  });

  everywhere("a receive end as a body ends with its scope", async () => {
    const [, receive] = createMemoryObjectStream<number>();
    await moveOnAfter(3, () => receive);
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
    const start = currentTime();
    await moveOnAfter(LONG, async (scope) => {
      scope.deadline = currentTime() + 2;
      for await (const _ of receive);
      await sleepForever();
    });
    expect(currentTime() - start).toBeLessThan(LONG);
  });
});
