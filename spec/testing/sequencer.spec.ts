import {
  type BrokenResourceError,
  CancelScope,
  isBrokenResourceError,
  isCancelled,
  type Lease,
  run,
  sleep,
  taskGroup,
  UsageError,
} from "anyrx";
import { Sequencer, waitAllTasksBlocked } from "anyrx/testing";
import { concatMap, map, of, tap } from "rxjs";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

describe("A sequencer", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  everywhere("runs the blocks of several tasks in the order of their positions", async () => {
    const seq = new Sequencer();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (const position of [1, 3, 4]) {
          using _ = await seq(position);
          log.push(`a${position}`);
        }
      });
      tg.startSoon(function* () {
        for (const position of [0, 2]) {
          using _ = yield* seq(position);
          log.push(`b${position}`);
          yield* sleep(1);
        }
      });
      tg.startSoon(() =>
        of("rx5").pipe(
          concatMap((text) => seq(5).pipe(map((turn) => ({ text, turn })))),
          tap(({ text, turn }) => {
            log.push(text);
            turn[Symbol.dispose]();
          }),
        ),
      );
      {
        using _ = await seq(6);
        await waitAllTasksBlocked();
        log.push("main6");
      }
    });
    expect(log).toEqual(["b0", "a1", "b2", "a3", "a4", "rx5", "main6"]);
  });

  everywhere("runs a body of any style as the block, gives its value, and goes on when it throws", async () => {
    const seq = new Sequencer();
    const given: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => given.push(await seq(3, () => of("rx"))));
      tg.startSoon(async () => given.push(await seq(2, async () => "async")));
      tg.startSoon(async () =>
        given.push(
          named(
            await thrownBy(() =>
              seq(1, () => {
                throw new RangeError("no");
              }),
            ),
          ),
        ),
      );
      given.push(
        await seq(0, function* () {
          yield* sleep(1);
          return "generator";
        }),
      );
    });
    expect(given).toEqual(["generator", "RangeError", "async", "rx"]);
  });

  everywhere("refuses a position that was used, at once and later", async () => {
    const seq = new Sequencer({ name: "steps" });
    await seq(0, () => undefined);
    expect(await thrownBy(() => seq(0))).toBeInstanceOf(UsageError);
    await taskGroup(async (tg) => {
      const waiting = tg.startSoon(() => seq(2, () => "reached"));
      await waitAllTasksBlocked();
      const error = (await thrownBy(() => seq(2))) as Error;
      expect(error.message).toBe(
        'Cannot begin block 2 of the sequencer "steps": that position was used before; use each once, or make a new sequencer',
      );
      await seq(1, () => undefined);
      expect(await waiting).toBe("reached");
    });
  });

  everywhere("is broken by a waiter that is cancelled: before it waits, and while it does", async () => {
    for (const when of ["before", "while"]) {
      const seq = new Sequencer();
      const log: string[] = [];
      await taskGroup(async (tg) => {
        const child = (position: number, scope = new CancelScope()) =>
          tg.startSoon(() =>
            scope.enter(async () => {
              try {
                using _ = await seq(position);
                log.push(`${position} ran`);
              } catch (error) {
                log.push(`${position} ${named(error)}`);
                if (isCancelled(error)) throw error;
              }
            }),
          );
        const scope = new CancelScope();
        if (when === "before") scope.cancel();
        child(1, scope);
        child(2);
        await waitAllTasksBlocked();
        if (when === "while") scope.cancel();
        await waitAllTasksBlocked();
        log.push("blocked");
      });
      expect(log).withContext(when).toEqual(["1 Cancelled", "2 BrokenResourceError", "blocked"]);
      const late = await thrownBy(() => seq(3));
      expect(isBrokenResourceError(late)).toBeTrue();
      expect(isCancelled((late as BrokenResourceError).cause)).toBeTrue();
      expect((late as Error).message).toMatch(
        /^Cannot begin block 3 of the sequencer: who waited for position 1 was cancelled/,
      );
    }
  });

  everywhere("is a checkpoint at position 0 as well, where a cancellation breaks it", async () => {
    const seq = new Sequencer();
    const scope = new CancelScope();
    scope.cancel();
    let ran = false;
    await scope.enter(() => seq(0, () => (ran = true)));
    expect([ran, scope.cancelledCaught, named(await thrownBy(() => seq(1)))]).toEqual([
      false,
      true,
      "BrokenResourceError",
    ]);
  });

  everywhere("goes on when a block is cancelled, and when a lease is disposed of twice", async () => {
    const seq = new Sequencer();
    const scope = new CancelScope();
    await scope.enter(async () => {
      using _ = await seq(0);
      scope.cancel();
      await sleep(1000);
    });
    const lease = await seq(1);
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(await seq(2, () => "reached")).toBe("reached");
  });

  everywhere("is broken by an unsubscribed waiter; a turn that came when nobody was left to see it, ends", async () => {
    const seq = new Sequencer();
    await taskGroup(async (tg) => {
      seq(1).subscribe().unsubscribe();
      await waitAllTasksBlocked();
      expect(named(await thrownBy(() => seq(2)))).toBe("BrokenResourceError");

      // Unsubscribed at each moment between the end of the block before and the emission.
      for (let delay = 0; delay < 6; delay++) {
        const again = new Sequencer();
        const leases: Lease[] = [];
        const first = await again(0);
        const subscription = again(1).subscribe((lease) => leases.push(lease));
        first[Symbol.dispose]();
        for (let i = 0; i < delay; i++) await null;
        subscription.unsubscribe();
        if (leases.length > 0) leases[0]?.[Symbol.dispose]();
        const outcome = tg.startSoon(() => again(2, () => "reached"));
        await waitAllTasksBlocked();
        expect(outcome.status).withContext(`after ${delay} microtasks`).toBe("finished");
      }
    });
  });

  virtually("says in a deadlock which block has not ended", async () => {
    const error = await thrownBy(() => run(() => new Sequencer({ name: "steps" })(2), { backend: "virtual" }));
    expect((error as Error).message).toContain('the turn of block 2 of the sequencer "steps" (block 0 has not ended)');
  });

  it("refuses what is no position, and no body", () => {
    const seq = new Sequencer();
    for (const position of [-1, 1.5, NaN, Infinity]) expectSentence(() => seq(position), RangeError);
    expectSentence(() => seq("1" as never), TypeError);
    expectSentence(() => seq(0, 5 as never), TypeError);
    expectSentence(() => seq(0, undefined as never), TypeError);
  });
});
