import {
  CancelScope,
  type Cancelled,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  currentBackend,
  currentEffectiveDeadline,
  currentScope,
  currentTime,
  failAfter,
  failAt,
  isCancelled,
  moveOnAfter,
  moveOnAt,
  operation,
  run,
  sleep,
  sleepForever,
  sleepUntil,
  taskGroup,
  TaskGroupError,
  TimeoutError,
  UsageError,
  waitAllTasksBlocked,
} from "anyrx";
import { lastValueFrom, NEVER, of, takeUntil, tap } from "rxjs";
import { blocked, everywhere, LONG, named, outdoors, thrownBy, virtually } from "./everywhere.ts";

describe("field: cancel scopes", () => {
  everywhere("a cancelled scope throws at every wait, not only at the first (C1)", async () => {
    const seen: string[] = [];
    const scope = new CancelScope();
    await scope.enter(async () => {
      scope.cancel();
      for (let i = 0; i < 3; i++) seen.push(named(await thrownBy(() => sleepForever())));
      seen.push(named(await thrownBy(() => checkpoint())));
      seen.push(named(await thrownBy(() => checkpointIfCancelled())));
    });
    expect(seen).toEqual(["Cancelled", "Cancelled", "Cancelled", "Cancelled", "Cancelled"]);
    expect([scope.cancelCalled, scope.cancelledCaught]).toEqual([true, false]);
  });

  everywhere("level cancellation holds in a generator", function* () {
    const seen: string[] = [];
    const scope = new CancelScope();
    yield* scope.enter(function* () {
      scope.cancel();
      for (let i = 0; i < 3; i++) {
        try {
          yield* sleep(LONG);
        } catch (error) {
          seen.push(named(error));
        }
      }
      yield* sleep(LONG);
    });
    expect(seen).toEqual(["Cancelled", "Cancelled", "Cancelled"]);
    expect(scope.cancelledCaught).toBeTrue();
  });

  everywhere("a shielded checkpoint takes no notice of a cancelled scope", async () => {
    const scope = new CancelScope();
    await scope.enter(async () => {
      scope.cancel();
      await cancelShieldedCheckpoint();
      await cancelShieldedCheckpoint();
    });
    expect(scope.cancelledCaught).toBeFalse();
    await checkpoint();
  });

  everywhere("a scope that was cancelled before entry throws at its first wait (C10)", async () => {
    const scope = new CancelScope();
    scope.cancel();
    let reached = false;
    await scope.enter(async () => {
      await sleep(1);
      reached = true;
    });
    expect([reached, scope.cancelledCaught]).toEqual([false, true]);
  });

  everywhere("a cancelled body that never waits keeps its value (C8)", async () => {
    const scope = new CancelScope();
    const value = await scope.enter(() => {
      scope.cancel();
      return 5;
    });
    expect([value, scope.cancelCalled, scope.cancelledCaught]).toEqual([5, true, false]);
  });

  everywhere("a second cancel keeps the first reason (C3)", async () => {
    const scope = new CancelScope({ name: "first" });
    const error = await thrownBy(() =>
      scope.enter(async () => {
        scope.cancel("one");
        scope.cancel("two");
        throw await thrownBy(() => checkpoint()).then((e) => new Error((e as Error).message));
      }),
    );
    expect(scope.cancelReason).toBe("one");
    expect((error as Error).message).toContain("one");
  });

  everywhere("the outer of two cancelled scopes swallows (C6)", async () => {
    const [one, two, three] = [new CancelScope(), new CancelScope(), new CancelScope()];
    await one.enter(() =>
      two.enter(() =>
        three.enter(async () => {
          three.cancel();
          two.cancel();
          await sleepForever();
        }),
      ),
    );
    expect([one, two, three].map((s) => s.cancelledCaught)).toEqual([false, true, false]);
  });

  everywhere("an outer cancel during the unwinding takes over from the inner one", async () => {
    const outer = new CancelScope();
    const inner = new CancelScope();
    let between = false;
    await outer.enter(async () => {
      await inner.enter(async () => {
        inner.cancel();
        try {
          await checkpoint();
        } finally {
          outer.cancel();
        }
      });
      between = true;
    });
    expect([between, inner.cancelledCaught, outer.cancelledCaught]).toEqual([false, false, true]);
  });

  everywhere("behind a shield the inner scope swallows its own cancellation", async () => {
    const outer = new CancelScope();
    const inner = new CancelScope({ shield: true });
    let between = false;
    await outer.enter(async () => {
      await inner.enter(async () => {
        inner.cancel();
        try {
          await checkpoint();
        } finally {
          outer.cancel();
        }
      });
      between = true;
    });
    expect([between, inner.cancelledCaught, outer.cancelledCaught]).toEqual([true, true, false]);
  });

  everywhere("a cancelled scope inside a cancelled scope is no way to swallow the outer one", async () => {
    const outer = new CancelScope();
    const inner = new CancelScope();
    let between = false;
    await outer.enter(async () => {
      outer.cancel();
      await inner.enter(async () => {
        inner.cancel();
        await sleepForever();
      });
      between = true;
    });
    expect([between, inner.cancelledCaught, outer.cancelledCaught]).toEqual([false, false, true]);
  });

  everywhere("a shield can be raised and lowered while an ancestor is cancelled (C14)", async () => {
    const outer = new CancelScope();
    const inner = new CancelScope();
    const seen: string[] = [];
    await outer.enter(() =>
      inner.enter(async () => {
        outer.cancel();
        seen.push(named(await thrownBy(() => checkpoint())));
        inner.shield = true;
        await checkpoint();
        const innermost = new CancelScope();
        await innermost.enter(async () => {
          innermost.cancel();
          seen.push(named(await thrownBy(() => checkpoint())));
        });
        await checkpoint();
        inner.shield = false;
        seen.push(named(await thrownBy(() => checkpoint())));
        inner.shield = true;
        await checkpoint();
        inner.cancel();
        await checkpoint();
        seen.push("not reached");
      }),
    );
    expect(seen).toEqual(["Cancelled", "Cancelled", "Cancelled"]);
    expect(inner.cancelledCaught).toBeTrue();
  });

  everywhere("lowering a shield wakes whoever sleeps behind it at once (C14)", async () => {
    const outer = new CancelScope();
    const log: string[] = [];
    await outer.enter(() =>
      taskGroup(async (tg) => {
        outer.cancel();
        tg.cancelScope.shield = true;
        tg.startSoon(async () => {
          log.push("sleeps");
          try {
            await sleepForever();
          } finally {
            log.push("woken");
          }
        });
        await blocked();
        expect(log).toEqual(["sleeps"]);
        tg.cancelScope.shield = false;
        await moveOnAfter(LONG, () => blocked(), { shield: true });
        expect(log).toEqual(["sleeps", "woken"]);
      }),
    );
  });

  everywhere("a shield raised while the cancellation is on its way up recalls nothing", async () => {
    const outer = new CancelScope();
    const inner = new CancelScope();
    await outer.enter(() =>
      inner.enter(async () => {
        outer.cancel();
        try {
          await checkpoint();
        } finally {
          inner.shield = true;
        }
      }),
    );
    expect([outer.cancelledCaught, inner.cancelledCaught]).toEqual([true, false]);
  });

  everywhere("after a shield the cancelled outer scopes make themselves felt", async () => {
    const one = new CancelScope();
    const two = new CancelScope();
    let past = "";
    await one.enter(async () => {
      await two.enter(async () => {
        await new CancelScope({ shield: true }).enter(async () => {
          one.cancel();
          two.cancel();
          await checkpoint();
          past += "shield ";
        });
      });
      past += "two ";
      await checkpoint();
      past += "one ";
    });
    expect(past).toBe("shield two ");
  });

  everywhere("a shielded scope obeys its own deadline (C2)", async () => {
    const outer = new CancelScope();
    const log: string[] = [];
    await outer.enter(async () => {
      outer.cancel();
      const inner = new CancelScope({ shield: true, deadline: currentTime() + 3 });
      await inner.enter(() => sleepForever());
      log.push(`inner caught: ${inner.cancelledCaught}`);
      await checkpoint();
      log.push("not reached");
    });
    expect(log).toEqual(["inner caught: true"]);
  });

  everywhere("cleanup waits in a shielded scope of its own (C12)", async () => {
    const log: string[] = [];
    await moveOnAfter(2, async () => {
      try {
        await sleepForever();
      } finally {
        await moveOnAfter(
          LONG,
          async () => {
            await sleep(2);
            log.push("cleaned up");
          },
          { shield: true },
        );
        log.push(named(await thrownBy(() => sleep(2))));
      }
    });
    expect(log).toEqual(["cleaned up", "Cancelled"]);
  });

  everywhere("a scope is used once (C9)", async () => {
    const scope = new CancelScope({ name: "once" });
    await scope.enter(async () => {
      const inside = await thrownBy(() => scope.enter(() => undefined));
      expect(inside).toBeInstanceOf(UsageError);
    });
    const after = await thrownBy(() => scope.enter(() => undefined));
    expect(after).toBeInstanceOf(UsageError);
    expect((after as Error).message).toContain('"once"');
    scope.cancel();
    await checkpoint();
    expect([scope.cancelCalled, scope.cancelledCaught]).toEqual([true, false]);
  });

  everywhere("two tasks cannot enter one scope", async () => {
    const scope = new CancelScope();
    await taskGroup(async (tg) => {
      tg.startSoon(() => scope.enter(() => sleepForever()));
      await blocked();
      expect(await thrownBy(() => scope.enter(() => undefined))).toBeInstanceOf(UsageError);
      scope.cancel();
    });
    expect(scope.cancelledCaught).toBeTrue();
  });

  everywhere("a thrown group loses its cancellations and keeps its structure and cause (C7)", async () => {
    const scope = new CancelScope();
    const bug = new RangeError("bug");
    const cause = new Error("cause");
    const error = await thrownBy(() =>
      scope.enter(async () => {
        scope.cancel();
        const cancelled = await thrownBy(() => checkpoint());
        throw new TaskGroupError([cancelled, new TaskGroupError([bug, cancelled], "inner", { cause })], "outer");
      }),
    );
    expect(error).toBeInstanceOf(TaskGroupError);
    const outer = error as TaskGroupError;
    expect(outer.group).toBe("outer");
    expect(outer.errors.length).toBe(1);
    const inner = outer.errors[0] as TaskGroupError;
    expect([inner.group, inner.cause, inner.errors]).toEqual(["inner", cause, [bug]]);
  });

  everywhere("a group of nothing but cancellations is swallowed (C7)", async () => {
    const scope = new CancelScope();
    await scope.enter(async () => {
      scope.cancel();
      const cancelled = await thrownBy(() => sleepForever());
      throw new TaskGroupError([new TaskGroupError([cancelled])]);
    });
    expect(scope.cancelledCaught).toBeTrue();
  });

  everywhere("an inner timeout that was caught leaves nothing for an outer cancel to trip over", async () => {
    const scope = new CancelScope();
    await scope.enter(async () => {
      await moveOnAfter(1, () => sleepForever());
      scope.cancel();
    });
    expect(scope.cancelledCaught).toBeFalse();
  });

  outdoors("a plain callback may cancel", async () => {
    const scope = new CancelScope();
    await scope.enter(async () => {
      setTimeout(() => scope.cancel("from outside"), 2);
      await sleep(5_000);
    });
    expect([scope.cancelledCaught, scope.cancelReason]).toEqual([true, "from outside"]);
  });

  virtually("the current effective deadline is the earliest up to the first shield (C13)", async () => {
    expect(currentEffectiveDeadline()).toBe(Infinity);
    const one = new CancelScope({ deadline: 500 });
    const two = new CancelScope({ deadline: 1000 });
    const seen: number[] = [];
    const look = () => seen.push(currentEffectiveDeadline());
    await one.enter(async () => {
      await two.enter(async () => {
        look();
        two.deadline = 300;
        look();
        two.deadline = 1000;
        look();
        two.shield = true;
        look();
        two.shield = false;
        look();
        one.cancel();
        look();
        two.shield = true;
        look();
      });
      look();
    });
    look();
    expect(seen).toEqual([500, 300, 500, 1000, 500, -Infinity, 1000, -Infinity, Infinity]);
  });

  everywhere("the current scope is the innermost one, also after an await", async () => {
    const outer = new CancelScope({ name: "outer" });
    const inner = new CancelScope({ name: "inner" });
    const seen: string[] = [];
    await outer.enter(async () => {
      seen.push(currentScope().name);
      await inner.enter(async () => {
        seen.push(currentScope().name);
        await sleep(1);
        seen.push(currentScope().name);
      });
      seen.push(currentScope().name);
    });
    expect(seen).toEqual(["outer", "inner", "inner", "outer"]);
  });

  everywhere(
    "an async body, a generator, an Observable, an Operation and a value are all cut short alike",
    async () => {
      const bodies: (() => unknown)[] = [
        async () => {
          await sleepForever();
        },
        function* () {
          yield* sleepForever();
        },
        () => NEVER,
        () => sleepForever(),
        () => sleep(LONG).pipe(tap(() => fail("slept"))),
      ];
      for (const body of bodies) {
        const scope = new CancelScope({ deadline: currentTime() + 2 });
        expect(await scope.enter(body)).toBeUndefined();
        expect(scope.cancelledCaught).toBeTrue();
      }
    },
  );

  everywhere("a signal of a scope is aborted with it, and by an ancestor (scope.signal)", async () => {
    const outer = new CancelScope();
    const log: unknown[] = [];
    await outer.enter(async () => {
      const inner = new CancelScope();
      const shielded = new CancelScope({ shield: true });
      await inner.enter(() =>
        shielded.enter(async () => {
          inner.signal.addEventListener("abort", () => log.push("inner"));
          shielded.signal.addEventListener("abort", () => log.push("shielded"));
          outer.cancel("why");
        }),
      );
      expect(isCancelled(inner.signal.reason)).toBeTrue();
      expect((inner.signal.reason as Cancelled).reason).toBe("why");
    });
    expect(log).toEqual(["inner"]);
  });

  everywhere("cancelled$ tells once, and completes quietly for a scope that ends well", async () => {
    const log: string[] = [];
    const watch = (name: string, scope: CancelScope) =>
      scope.cancelled$.subscribe({
        next: (e) => log.push(`${name} ${named(e)}`),
        complete: () => log.push(`${name} done`),
      });
    const well = new CancelScope();
    await well.enter(async () => {
      watch("well", well);
      await checkpoint();
    });
    const ill = new CancelScope();
    await ill.enter(async () => {
      watch("ill", ill);
      ill.cancel();
      ill.cancel();
      await checkpoint();
    });
    watch("late", ill);
    expect(log).toEqual(["well done", "ill Cancelled", "ill done", "late Cancelled", "late done"]);
  });

  outdoors("CancelScope.from follows a signal, early and late", async () => {
    const early = CancelScope.from(AbortSignal.abort("early"));
    await early.enter(() => sleepForever());
    expect([early.cancelledCaught, early.cancelReason]).toEqual([true, "early"]);
    const control = new AbortController();
    const late = CancelScope.from(control.signal);
    await late.enter(async () => {
      setTimeout(() => control.abort("late"), 2);
      await sleep(5_000);
    });
    expect([late.cancelledCaught, late.cancelReason]).toEqual([true, "late"]);
  });
});

describe("field: timeouts", () => {
  everywhere("moveOnAfter moves on, and its scope knows", async () => {
    let scope!: CancelScope;
    const value = await moveOnAfter(3, async (s) => {
      scope = s;
      await sleepForever();
      return "late";
    });
    expect([value, scope.cancelCalled, scope.cancelledCaught]).toEqual([undefined, true, true]);
  });

  everywhere("in time, moveOnAfter and failAfter give the value", async () => {
    expect(await moveOnAfter(LONG, () => "a")).toBe("a");
    expect(await failAfter(LONG, async () => "b")).toBe("b");
    expect(await moveOnAt(currentTime() + LONG, () => of("c"))).toBe("c");
    expect(
      await failAt(currentTime() + LONG, function* () {
        yield* sleep(1);
        return "d";
      }),
    ).toBe("d");
  });

  everywhere("failAfter and failAt fail with TimeoutError", async () => {
    const after = await thrownBy(() => failAfter(3, () => sleepForever()));
    expect(after).toBeInstanceOf(TimeoutError);
    expect((after as TimeoutError).delay).toBe(3);
    const at = await thrownBy(() => failAt(currentTime() - 1, () => sleepForever()));
    expect(at).toBeInstanceOf(TimeoutError);
  });

  everywhere("the time out of an outer moveOnAfter is no TimeoutError of the inner failAfter", async () => {
    let inner = "not reached";
    await moveOnAfter(2, async () => {
      inner = named(await thrownBy(() => failAfter(LONG, () => sleepForever())));
    });
    expect(inner).toBe("Cancelled");
  });

  everywhere("an explicit cancel of failAfter's scope is no timeout", async () => {
    await failAfter(LONG, async (scope) => {
      scope.cancel();
      await checkpoint();
    });
    expect().nothing();
  });

  virtually("an explicit cancel and then a slow exit past the deadline is no timeout", async () => {
    await failAfter(10, async (scope) => {
      scope.cancel();
      try {
        await checkpoint();
      } finally {
        await moveOnAfter(LONG, () => sleep(50), { shield: true });
      }
    });
    expect(currentTime()).toBe(50);
  });

  virtually("the deadline cancels, and a body that returns all the same keeps its value", async () => {
    const value = await failAfter(10, async () => {
      await thrownBy(() => sleepForever());
      return 7;
    });
    expect(value).toBe(7);
  });

  virtually("an error of the cleanup wins over the timeout, and the scope says caught", async () => {
    let scope!: CancelScope;
    const error = await thrownBy(() =>
      failAfter(5, async (s) => {
        scope = s;
        try {
          await sleepForever();
        } catch {
          throw new RangeError("in cleanup");
        }
      }),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(scope.cancelledCaught).toBeTrue();
  });

  virtually("moving the deadline later gives more time, and earlier less (C11)", async () => {
    const start = currentTime();
    await failAfter(10, async (scope) => {
      scope.deadline += 30;
      await sleep(20);
    });
    expect(currentTime() - start).toBe(20);
    await moveOnAfter(1000, async (scope) => {
      scope.deadline = currentTime() + 5;
      await sleepForever();
    });
    expect(currentTime() - start).toBe(25);
    await moveOnAfter(1000, async (scope) => {
      scope.deadline = currentTime() - 1;
      expect(scope.cancelCalled).toBeTrue();
      scope.deadline = Infinity;
      expect(named(await thrownBy(() => checkpoint()))).toBe("Cancelled");
    });
    expect(currentTime() - start).toBe(25);
  });

  virtually("the delay begins at entry, not where the operation is made", async () => {
    const limited = moveOnAfter(10, () => sleepForever());
    await sleep(100);
    await limited;
    expect(currentTime()).toBe(110);
    await limited;
    expect(currentTime()).toBe(120);
  });

  everywhere("failAfter(0) is expired at entry: the first wait throws", async () => {
    expect(await thrownBy(() => failAfter(0, () => checkpoint()))).toBeInstanceOf(TimeoutError);
    expect(await failAfter(0, () => "no wait")).toBe("no wait");
  });

  virtually("the nested deadline that comes first wins, whichever it is (C13)", async () => {
    const log: string[] = [];
    await moveOnAfter(10, async () => {
      await moveOnAfter(100, () => sleepForever());
      log.push("not reached");
    });
    log.push(`outer@${currentTime()}`);
    await moveOnAfter(100, async () => {
      await moveOnAfter(10, () => sleepForever());
      log.push(`inner@${currentTime()}`);
    });
    expect(log).toEqual(["outer@10", "inner@20"]);
  });

  virtually("of two deadlines at the same instant the outer scope catches", async () => {
    let inner!: CancelScope;
    let outer!: CancelScope;
    await moveOnAt(10, async (o) => {
      outer = o;
      await moveOnAt(10, async (i) => {
        inner = i;
        await sleepForever();
      });
      await checkpoint();
    });
    expect([outer.cancelledCaught, outer.cancelCalled]).toEqual([true, true]);
    expect(inner.cancelledCaught).toBeFalse();
  });

  virtually("a group inside failAfter still gives a bare TimeoutError", async () => {
    const error = await thrownBy(() =>
      failAfter(10, () =>
        taskGroup(async (tg) => {
          tg.startSoon(() => sleep(200));
          await sleep(200);
        }),
      ),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(currentTime()).toBe(10);
  });

  virtually("a timeout fires behind a shield of its own", async () => {
    const outer = new CancelScope();
    await outer.enter(async () => {
      outer.cancel();
      await moveOnAfter(20, () => sleepForever(), { shield: true });
      expect(currentTime()).toBe(20);
      expect(await thrownBy(() => failAfter(20, () => sleepForever(), { shield: true }))).toBeInstanceOf(TimeoutError);
    });
    expect(currentTime()).toBe(40);
  });

  virtually("a deadline far away, behind a shield, is the effective one", async () => {
    await moveOnAfter(10, () =>
      new CancelScope({ shield: true }).enter(() =>
        moveOnAfter(1000, () => {
          expect(currentEffectiveDeadline() - currentTime()).toBe(1000);
        }),
      ),
    );
  });

  virtually("sleepUntil a time that has passed is a checkpoint, and sleepForever never wakes", async () => {
    await sleep(10);
    let others = 0;
    await taskGroup(async (tg) => {
      tg.startSoon(() => others++);
      await sleepUntil(5);
      await sleepUntil(-Infinity);
      expect(others).toBe(1);
    });
    await moveOnAfter(1e12, () => sleepForever());
    expect(currentTime()).toBe(1e12 + 10);
  });

  outdoors("busy work past the deadline is cancelled a few checkpoints later (F5)", async () => {
    const start = performance.now();
    let passed = 0;
    await moveOnAfter(2, async () => {
      for (; performance.now() - start < 500; passed++) await checkpoint();
    });
    expect(performance.now() - start).toBeLessThan(400);
    expect(passed).toBeGreaterThan(0);
  });
});

describe("field: timeouts as operators", () => {
  virtually("moveOnAfter completes the source", async () => {
    const seen: number[] = [];
    const ticks = operation(async () => {
      for (let i = 0; i < 5; i++) {
        await sleep(10);
        seen.push(i);
      }
    });
    await ticks()
      .pipe(moveOnAfter(25), tap({ complete: () => seen.push(99) }))
      .forEach(() => undefined);
    expect(seen).toEqual([0, 1, 99]);
    expect(currentTime()).toBe(25);
  });

  virtually("failAfter fails the source, and a source in time passes", async () => {
    expect(await thrownBy(() => lastValueFrom(sleepForever().pipe(failAfter(25))))).toBeInstanceOf(TimeoutError);
    expect(await lastValueFrom(operation(() => "ok")().pipe(failAfter(25)))).toBe("ok");
    expect(await thrownBy(() => lastValueFrom(sleepForever().pipe(failAt(currentTime() + 5))))).toBeInstanceOf(
      TimeoutError,
    );
    expect(currentTime()).toBe(30);
  });

  virtually("takeUntil(scope.cancelled$) ends a foreign source with the scope", async () => {
    const scope = new CancelScope({ deadline: 10 });
    const log: string[] = [];
    await scope.enter(async (s) => {
      NEVER.pipe(takeUntil(s.cancelled$)).subscribe({ complete: () => log.push("done") });
      await sleepForever();
    });
    expect(log).toEqual(["done"]);
  });
});

describe("field: deep and wide", () => {
  const DEEP = 10_000;

  everywhere("10,000 nested scopes with async bodies overflow no stack", async () => {
    const nest = async (n: number): Promise<number> =>
      n === 0 ? 0 : 1 + ((await new CancelScope().enter(() => nest(n - 1))) ?? 0);
    expect(await nest(DEEP)).toBe(DEEP);
  });

  everywhere("10,000 nested scopes with generator bodies overflow no stack", function* () {
    function* nest(n: number): Generator<never, number> {
      if (n === 0) return 0;
      return 1 + (yield* new CancelScope().enter(() => nest(n - 1)) as unknown as Generator<never, number>);
    }
    expect(yield* nest(DEEP)).toBe(DEEP);
  });

  everywhere("10,000 nested scopes of plain functions that return operations overflow no stack", async () => {
    const innermost = new CancelScope();
    let nested: () => PromiseLike<unknown> = () => innermost.enter(() => sleep(1));
    for (let i = 1; i < DEEP; i++) {
      const inner = nested;
      const own = new CancelScope();
      nested = () => own.enter(inner);
    }
    await nested();
    expect(innermost.cancelledCaught).toBeFalse();
  });

  outdoors("cancelling the outermost of 10,000 scopes reaches the innermost wait", async () => {
    const outermost = new CancelScope();
    let nested: () => PromiseLike<unknown> = () => sleepForever();
    for (let i = 1; i < DEEP; i++) {
      const inner = nested;
      nested = () => new CancelScope().enter(inner);
    }
    setTimeout(() => outermost.cancel(), 30);
    await moveOnAfter(20_000, () => outermost.enter(nested));
    expect(outermost.cancelledCaught).toBeTrue();
  });

  everywhere("1,000 nested task groups, cancelled from the innermost child", async () => {
    const outermost = new CancelScope();
    let nested: () => PromiseLike<unknown> = () => {
      outermost.cancel();
      return sleepForever();
    };
    for (let i = 1; i < 1000; i++) {
      const inner = nested;
      nested = () => taskGroup((tg) => void tg.startSoon(inner));
    }
    await outermost.enter(nested);
    expect(outermost.cancelledCaught).toBeTrue();
  });

  it("100,000 children are spawned, cancelled and waited for", async () => {
    let cancelled = 0;
    await run(() =>
      taskGroup(function* (tg) {
        for (let i = 0; i < 100_000; i++) {
          tg.startSoon(function* () {
            try {
              yield* sleepForever();
            } finally {
              cancelled++;
            }
          });
        }
        yield* waitAllTasksBlocked();
        tg.cancel();
      }),
    );
    expect(cancelled).toBe(100_000);
  });
});

describe("field: scopes", () => {
  virtually("a subscriber of cancelled$ is called in the scope of its subscription", async () => {
    const scope = new CancelScope({ deadline: 10 });
    const log: string[] = [];
    await scope.enter(async (s) => {
      s.cancelled$.subscribe(() => log.push(`${currentBackend()}@${currentTime()}`));
      await sleepForever();
    });
    expect(log).toEqual(["virtual@10"]);
  });
});

describe("An error that is null", () => {
  virtually("is thrown by cleanup out of a cancelled scope like any other", async () => {
    const cleanup = (error: unknown) =>
      moveOnAfter(1, async () => {
        try {
          await sleep(1000);
        } catch {
          throw error;
        }
      });
    for (const error of [null, undefined, 0, ""]) expect(await thrownBy(() => cleanup(error))).toBe(error);
  });
});
