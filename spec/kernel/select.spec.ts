import {
  abortable,
  CancelScope,
  checkpoint,
  createMemoryObjectStream,
  EndOfStream,
  moveOnAfter,
  operation,
  select,
  sleep,
  sleepForever,
  taskGroup,
  waitAllTasksBlocked,
} from "anyrx";
import { firstValueFrom } from "rxjs";
import { everywhere, expectSentence, LONG, named, outdoors, thrownBy, virtually } from "../field/everywhere.ts";

describe("select()", () => {
  everywhere("takes the one that is ready, and leaves the others alone", async () => {
    const [sendA, a] = createMemoryObjectStream<string>(2);
    const [sendB, b] = createMemoryObjectStream<string>(2);
    sendB.sendNowait("b1");
    expect(await select({ a, b })).toEqual({ key: "b", value: "b1" });
    sendA.sendNowait("a1");
    sendB.sendNowait("b2");
    expect(await select({ a, b })).toEqual({ key: "a", value: "a1" });
    expect(b.receiveNowait()).toBe("b2");
    expect([a.statistics().tasksWaitingReceive, b.statistics().tasksWaitingReceive]).toEqual([0, 0]);
  });

  everywhere("waits in every queue, and leaves all of them when one is served", async () => {
    const [sendA, a] = createMemoryObjectStream<string>();
    const [sendB, b] = createMemoryObjectStream<string>();
    const got = await taskGroup(async (tg) => {
      const task = tg.startSoon(() => select([a, b.receive()]));
      await waitAllTasksBlocked();
      expect([a.statistics().tasksWaitingReceive, b.statistics().tasksWaitingReceive]).toEqual([1, 1]);
      sendB.sendNowait("b");
      expect([a.statistics().tasksWaitingReceive, b.statistics().tasksWaitingReceive]).toEqual([0, 0]);
      expect(() => {
        sendA.sendNowait("lost?");
      }).toThrowError(/without waiting/);
      return await task;
    });
    expect(got).toEqual({ key: 1, value: "b" });
  });

  everywhere("works from a generator and as an Observable", async () => {
    const [send, receive] = createMemoryObjectStream<number>(2);
    send.sendNowait(1);
    send.sendNowait(2);
    const viaGenerator = operation(function* () {
      const { key, value } = yield* select({ item: receive, never: sleepForever() });
      return `${key} ${String(value)}`;
    });
    expect(await viaGenerator()).toBe("item 1");
    expect(await firstValueFrom(select({ item: receive, never: sleepForever() }))).toEqual({ key: "item", value: 2 });
  });

  virtually("is ended by a timer, when that comes first", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    expect((await select({ receive, late: sleep(10) })).key).toBe("late");
    await taskGroup(async (tg) => {
      tg.startSoon(() => send.send(1));
      expect((await select({ receive, late: sleep(LONG) })).key).toBe("receive");
    });
  });

  everywhere("cancelled, it withdraws every case: no item is lost", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const [, other] = createMemoryObjectStream<number>();
    await moveOnAfter(2, () => select({ receive, other }));
    expect([receive.statistics().tasksWaitingReceive, other.statistics().tasksWaitingReceive]).toEqual([0, 0]);
    await taskGroup(async (tg) => {
      tg.startSoon(() => send.send(7));
      expect(await receive.receive()).toBe(7);
    });
  });

  everywhere("unsubscribed with an item in hand, it puts that back", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const [, other] = createMemoryObjectStream<number>();
    await taskGroup(async (tg) => {
      const subscription = select({ other, receive }).subscribe(() => fail("nobody should see it"));
      await waitAllTasksBlocked();
      tg.startSoon(() => {
        send.sendNowait(9);
        subscription.unsubscribe();
      });
    });
    expect(receive.receiveNowait()).toBe(9);
  });

  everywhere("fails with what its case failed with", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startSoon(() => {
          send.close();
        });
        await select({ receive, never: sleepForever() });
      }),
    );
    expect((error as AggregateError).errors.map(named)).toEqual(["EndOfStream"]);
    expect((error as AggregateError).errors[0]).toBeInstanceOf(EndOfStream);
  });

  outdoors("aborts a promise that was not taken", async () => {
    const seen: string[] = [];
    const promise = (name: string): ReturnType<typeof abortable<never>> =>
      abortable((signal) => {
        signal.addEventListener("abort", () => seen.push(name));
        return new Promise<never>(() => undefined);
      });
    await select([promise("first"), sleep(1), promise("second")]);
    expect(seen).toEqual(["first", "second"]);
  });

  everywhere("a case that is settled while a later one begins is the one", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    let aborted = false;
    const meddling = abortable((signal) => {
      signal.addEventListener("abort", () => (aborted = true));
      send.sendNowait(3); // The case before it waits already.
      return new Promise<never>(() => undefined);
    });
    const [sendLast, last] = createMemoryObjectStream<number>(1);
    sendLast.sendNowait(4);
    sendLast.close();
    expect(await select({ receive, meddling })).toEqual({ key: "receive", value: 3 });
    expect(aborted).toBe(true);
    expect(last.receiveNowait()).toBe(4);
  });

  everywhere("over the handles of tasks it tells which ended", async () => {
    await taskGroup(async (tg) => {
      const slow = tg.startSoon(() => sleepForever());
      const fast = tg.startSoon(() => "done");
      expect(await select({ slow, fast })).toEqual({ key: "fast", value: "done" });
      tg.cancel();
    });
  });

  everywhere("many that take turns lose nothing and double nothing", async () => {
    const streams = Array.from({ length: 5 }, () => createMemoryObjectStream<number>(1));
    const got: number[] = [];
    await taskGroup((tg) => {
      streams.forEach(([send], i) => {
        tg.startSoon(async () => {
          for (let n = 0; n < 40; n++) await send.send(i * 100 + n);
        });
      });
      for (let taker = 0; taker < 4; taker++) {
        tg.startSoon(async () => {
          for (let n = 0; n < 50; n++) got.push((await select(streams.map(([, receive]) => receive))).value);
        });
      }
    });
    const all = streams.flatMap((_, i) => Array.from({ length: 40 }, (_, n) => i * 100 + n));
    expect(got.sort((a, b) => a - b)).toEqual(all);
  });

  everywhere("a stream that is closed under it tells each other waiter once, and keeps count", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    const other = receive.clone();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => void log.push(named(await thrownBy(() => select([receive, receive])))));
      tg.startSoon(async () => void log.push(`received ${await other.receive()}`));
      await waitAllTasksBlocked();
      receive.close();
      expect(other.statistics().tasksWaitingReceive).toBe(1);
      send.sendNowait(5);
    });
    expect(log.sort()).toEqual(["ClosedResourceError", "received 5"]);
  });

  everywhere("a case that is bound to another scope ends with that scope", async () => {
    const [, receive] = createMemoryObjectStream<number>();
    const elsewhere = new CancelScope();
    const error = await taskGroup(async (tg) => {
      tg.startSoon(() => elsewhere.enter(() => sleepForever()));
      await waitAllTasksBlocked();
      const task = tg.startSoon(() => thrownBy(() => select([receive.receive().in(elsewhere), sleep(LONG)])));
      await waitAllTasksBlocked();
      elsewhere.cancel();
      return await task;
    });
    expect(named(error)).toBe("Cancelled");
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
  });

  everywhere("a bound case puts back what nobody will see", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    await taskGroup(async (tg) => {
      const subscription = select([receive.receive().in(tg.cancelScope)]).subscribe(() => fail("nobody should see it"));
      await waitAllTasksBlocked();
      tg.startSoon(() => {
        send.sendNowait(9);
        subscription.unsubscribe();
      });
    });
    expect(receive.receiveNowait()).toBe(9);
  });

  everywhere("over what yields, it lets others run", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      for (const name of ["a", "b"]) {
        tg.startSoon(function* () {
          for (let i = 0; i < 3; i++) {
            log.push(`${name}${String(i)}`);
            yield* select([checkpoint()]);
          }
        });
      }
    });
    expect(log).toEqual(["a0", "b0", "a1", "b1", "a2", "b2"]);
  });

  it("takes cases typed by an interface, and knows their values", async () => {
    interface Cases {
      readonly item: ReturnType<typeof sleep>;
      readonly never: ReturnType<typeof sleepForever>;
    }
    const cases: Cases = { item: sleep(0), never: sleepForever() };
    const { key } = await select(cases);
    expect(key).toBe("item");
  });

  it("refuses what it cannot select over", () => {
    // eslint-disable-next-line no-sparse-arrays -- a hole
    expectSentence(() => select([, sleep(1)] as never), TypeError);
    expectSentence(() => select({}), TypeError);
    expectSentence(() => select([]), TypeError);
    expectSentence(() => select(null as never), TypeError);
    expectSentence(() => select({ a: Promise.resolve() as never }), TypeError);
    expectSentence(() => select({ work: operation(() => 1)() }), TypeError);
  });
});
