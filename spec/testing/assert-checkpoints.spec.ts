import {
  CancelScope,
  checkpoint,
  checkpointIfCancelled,
  cancelShieldedCheckpoint,
  createMemoryObjectStream,
  currentScope,
  Event,
  isCancelled,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import {
  assertCheckpoints,
  assertNoCheckpoints,
  MissingCheckpointError,
  UnexpectedCheckpointError,
  waitAllTasksBlocked,
} from "anyrx/testing";
import { styles } from "anyrx/testing/laws";
import { concat, concatMap, of } from "rxjs";
import { everywhere, expectSentence, thrownBy } from "../field/everywhere.ts";

const set = new Event();
set.set();

describe("assertCheckpoints()", () => {
  everywhere("accepts a wait, whether it completes in place or not, and gives the value", async () => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    await assertCheckpoints(() => checkpoint());
    await assertCheckpoints(() => set.wait());
    await assertCheckpoints(() => send.send("item"));
    expect(await assertCheckpoints(() => receive.receive())).toBe("item");
    await assertCheckpoints(() => moveOnAfter(1, sleepForever));
  });

  everywhere("accepts it in every style, and inside of loops and subscriptions", async () => {
    for (const style of styles) {
      const body = style.body(function* () {
        yield sleep(0);
        return 7;
      });
      expect<unknown>(await assertCheckpoints(body))
        .withContext(style.name)
        .toBe(7);
    }
    expect(await assertCheckpoints(() => concat(of(1), of(2).pipe(concatMap(() => set.wait())), of(3)))).toBe(3);
    const [send, receive] = createMemoryObjectStream<number>(2);
    send.sendNowait(1);
    send.sendNowait(2);
    send.close();
    const loop = async () => {
      let sum = 0;
      for await (const n of receive) sum += n;
      return sum;
    };
    expect(await assertCheckpoints(loop)).toBe(3);
    expect(await assertCheckpoints(operation(loop))).toBe(0);
  });

  everywhere("refuses a body without any, also one that awaits a foreign promise", async () => {
    const bodies: (() => unknown)[] = [
      () => 1,
      async () => await Promise.resolve(1),
      () => of(1),
      () => operation(() => 1)(),
    ];
    for (const body of bodies) {
      expect(await thrownBy(() => assertCheckpoints(body))).toBeInstanceOf(MissingCheckpointError);
    }
  });

  everywhere("refuses half a checkpoint, and accepts two halves", async () => {
    const messages: string[] = [];
    const halves: (() => unknown)[] = [checkpointIfCancelled, cancelShieldedCheckpoint, () => taskGroup(() => 1)];
    for (const half of halves) {
      messages.push(((await thrownBy(() => assertCheckpoints(half))) as MissingCheckpointError).message);
    }
    const way = "wait for something, such as checkpoint(), on every way through it";
    expect(messages).toEqual([
      `Cannot accept the body as a checkpoint: checkpoint() throws when it is cancelled, but nothing in it lets others run; ${way}`,
      `Cannot accept the body as a checkpoint: checkpoint() lets others run, but nothing in it throws when it is cancelled; ${way}`,
      `Cannot accept the body as a checkpoint: the end of the task group lets others run, but nothing in it throws when it is cancelled; ${way}`,
    ]);
    await assertCheckpoints(function* () {
      yield* checkpointIfCancelled();
      yield* cancelShieldedCheckpoint();
      return "both";
    });
  });

  everywhere("counts what the body waits for, not what goes on beside it", async () => {
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 20; i++) await checkpoint();
      });
      expect(
        await thrownBy(() =>
          assertCheckpoints(async () => {
            for (let i = 0; i < 20; i++) await Promise.resolve();
          }),
        ),
      ).toBeInstanceOf(MissingCheckpointError);
      const gone = assertCheckpoints(() => {
        tg.startSoon(() => sleep(1));
      });
      expect(await thrownBy(() => gone)).toBeInstanceOf(MissingCheckpointError);
    });
    await assertCheckpoints(() =>
      taskGroup((tg) => {
        tg.startSoon(() => sleep(1));
      }),
    );
    await taskGroup(async (tg) => {
      await assertCheckpoints(() =>
        tg.start((status) => {
          status.started();
        }),
      );
    });
  });

  everywhere("lets the body throw, and lets a cancellation pass", async () => {
    const error = new RangeError("no");
    expect(
      await thrownBy(() =>
        assertCheckpoints(() => {
          throw error;
        }),
      ),
    ).toBe(error);
    const scope = new CancelScope();
    scope.cancel();
    const seen: unknown[] = [];
    await scope.enter(async () => {
      seen.push(await thrownBy(() => assertCheckpoints(() => checkpoint())));
    });
    expect(seen.map(isCancelled)).toEqual([true]);
  });

  everywhere("keeps out of each other's way, nested and side by side", async () => {
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => assertCheckpoints(() => sleep(2)));
      const second = tg.startSoon(
        async () =>
          await thrownBy(() =>
            assertCheckpoints(async () => {
              await Promise.resolve();
            }),
          ),
      );
      const outer = tg.startSoon(() =>
        assertCheckpoints(() => assertNoCheckpoints(() => 1).pipe(concatMap(() => sleep(1)))),
      );
      await waitAllTasksBlocked();
      await Promise.all([first.wait(), second.wait(), outer.wait()]);
      expect([first.status, outer.status]).toEqual(["finished", "finished"]);
      expect(second.returnValue).toBeInstanceOf(MissingCheckpointError);
    });
    // Nobody watches any more: the short cut of `await` is open again.
    await set.wait();
  });

  everywhere("takes the kernel's hook while it runs, tells who had it before, and gives it back", async () => {
    const engine = currentScope()._engine;
    const before: unknown[] = [];
    const hook = (): void => void before.push("told");
    engine._onWait = hook;
    await taskGroup(async (tg) => {
      const gates = [new Event(), new Event(), new Event()] as const;
      const first = tg.startSoon(() => assertCheckpoints(() => gates[0].wait()));
      const second = tg.startSoon(() => assertCheckpoints(() => gates[1].wait()));
      await waitAllTasksBlocked();
      before.length = 0;
      gates[0].set();
      await first.wait();
      expect(before).toEqual(["told"]);
      expect(engine._onWait).not.toBe(hook);
      gates[1].set();
      await second.wait();
      expect(engine._onWait).toBe(hook);
      // One that comes on top of it stays where it is.
      const third = tg.startSoon(() => assertCheckpoints(() => gates[2].wait()));
      await waitAllTasksBlocked();
      const below = engine._onWait;
      const top = (...told: Parameters<NonNullable<typeof below>>): void => below?.(...told);
      engine._onWait = top;
      gates[2].set();
      await third.wait();
      expect(engine._onWait).toBe(top);
      await assertCheckpoints(() => sleep(1));
      engine._onWait = null;
      await assertCheckpoints(() => sleep(1));
      expect(engine._onWait).toBeNull();
    });
  });

  it("works outside of any run, and refuses what is no body", async () => {
    await assertCheckpoints(() => set.wait());
    expect(await thrownBy(() => assertCheckpoints(() => 1))).toBeInstanceOf(MissingCheckpointError);
    expectSentence(() => assertCheckpoints(5 as never), TypeError);
    expectSentence(() => assertNoCheckpoints(null as never), TypeError);
  });
});

describe("assertNoCheckpoints()", () => {
  everywhere("accepts a body without any, and gives the value", async () => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    await assertNoCheckpoints(() => send.sendNowait("item"));
    expect(await assertNoCheckpoints(() => receive.receiveNowait())).toBe("item");
    expect(await assertNoCheckpoints(async () => await Promise.resolve(2))).toBe(2);
    expect(
      await assertNoCheckpoints(function* () {
        return 3;
      }),
    ).toBe(3);
    await assertNoCheckpoints(() => send.aclose());
  });

  everywhere("refuses a checkpoint, and half of one, naming it", async () => {
    const bodies: (() => unknown)[] = [
      checkpoint,
      checkpointIfCancelled,
      cancelShieldedCheckpoint,
      () => set.wait(),
      () => taskGroup(() => 1),
    ];
    for (const body of bodies) {
      expect(await thrownBy(() => assertNoCheckpoints(body))).toBeInstanceOf(UnexpectedCheckpointError);
    }
    const error = (await thrownBy(() =>
      assertNoCheckpoints(async () => {
        await sleep(3);
        await sleep(4);
      }),
    )) as UnexpectedCheckpointError;
    expect(error.on).toBe("sleep(3)");
    expect(error.message).toBe(
      "Cannot accept the body as free of checkpoints: it waited for sleep(3); use what never waits, such as a …Nowait method",
    );
  });

  everywhere("looks also when the body throws", async () => {
    const no = new RangeError("no");
    expect(
      await thrownBy(() =>
        assertNoCheckpoints(() => {
          throw no;
        }),
      ),
    ).toBe(no);
    const error = (await thrownBy(() =>
      assertNoCheckpoints(async () => {
        await checkpoint();
        throw no;
      }),
    )) as Error;
    expect([error.name, error.cause]).toEqual(["UnexpectedCheckpointError", no]);
    const scope = new CancelScope();
    scope.cancel();
    let seen: unknown;
    await scope.enter(async () => {
      seen = await thrownBy(() => assertNoCheckpoints(() => checkpoint()));
    });
    expect([(seen as Error).name, (seen as Error).cause]).toEqual(["UnexpectedCheckpointError", undefined]);
  });
});
