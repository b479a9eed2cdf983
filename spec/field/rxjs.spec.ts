import {
  abortable,
  CancelScope,
  checkpoint,
  currentScope,
  currentTask,
  currentTime,
  moveOnAfter,
  type Operation,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
} from "anyrx";
import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  finalize,
  firstValueFrom,
  from,
  lastValueFrom,
  mergeMap,
  Observable,
  of,
  race,
  repeat,
  retry,
  share,
  Subject,
  switchMap,
  takeUntil,
  tap,
  throwError,
  toArray,
  zip,
} from "rxjs";
import { blocked, everywhere, LONG, named, outdoors, thrownBy, virtually } from "./everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

/** Work in three styles that logs how it ended, with a cleanup that waits. */
function workers(log: string[]): Record<string, (n: number) => Operation<number>> {
  return {
    async: operation(async (n: number) => {
      log.push(`begin ${n}`);
      try {
        await sleep(10);
        log.push(`end ${n}`);
        return n;
      } catch (error) {
        await moveOnAfter(LONG, () => sleep(5), { shield: true });
        log.push(`${named(error)} ${n}`);
        throw error;
      }
    }),
    generator: operation(function* (n: number) {
      log.push(`begin ${n}`);
      try {
        yield* sleep(10);
        log.push(`end ${n}`);
        return n;
      } catch (error) {
        yield* moveOnAfter(LONG, () => sleep(5), { shield: true });
        log.push(`${named(error)} ${n}`);
        throw error;
      }
    }),
  };
}

describe("field: flattening operators over operations", () => {
  for (const style of ["async", "generator"] as const) {
    virtually(
      `switchMap cancels the waits of the one before, and the group waits for its cleanup (${style})`,
      async () => {
        const log: string[] = [];
        const work = workers(log)[style]!;
        const source = new Subject<number>();
        await taskGroup(async () => {
          source.pipe(switchMap((n) => work(n))).subscribe((n) => log.push(`got ${n}@${currentTime()}`));
          source.next(1);
          await sleep(3);
          source.next(2);
          await sleep(11);
          source.next(3);
          source.complete();
        });
        expect(log).toEqual(["begin 1", "begin 2", "Cancelled 1", "end 2", "got 2@13", "begin 3", "end 3", "got 3@24"]);
      },
    );

    virtually(`mergeMap runs them side by side, and unsubscribing cancels them all (${style})`, async () => {
      const log: string[] = [];
      const work = workers(log)[style]!;
      await taskGroup(async () => {
        const subscription = from([1, 2, 3])
          .pipe(mergeMap((n) => work(n), 2))
          .subscribe((n) => log.push(`got ${n}`));
        await sleep(1);
        expect(log).toEqual(["begin 1", "begin 2"]);
        subscription.unsubscribe();
        log.push("unsubscribed");
      });
      expect(log).toEqual(["begin 1", "begin 2", "unsubscribed", "Cancelled 1", "Cancelled 2"]);
      expect(currentTime()).toBe(6);
    });

    virtually(`concatMap runs one after the other (${style})`, async () => {
      const log: string[] = [];
      const work = workers(log)[style]!;
      expect(await lastValueFrom(from([1, 2]).pipe(concatMap(work), toArray()))).toEqual([1, 2]);
      expect([log, currentTime()]).toEqual([["begin 1", "end 1", "begin 2", "end 2"], 20]);
    });

    virtually(`exhaustMap lets the first one finish (${style})`, async () => {
      const log: string[] = [];
      const work = workers(log)[style]!;
      expect(await lastValueFrom(from([1, 2]).pipe(exhaustMap(work), toArray()))).toEqual([1]);
      expect(log).toEqual(["begin 1", "end 1"]);
    });

    virtually(`cancelling the scope of a pipeline cancels what runs in it, and waits (${style})`, async () => {
      const log: string[] = [];
      const work = workers(log)[style]!;
      await moveOnAfter(15, () => from([1, 2, 3]).pipe(concatMap(work)));
      log.push(`moved on@${currentTime()}`);
      expect(log).toEqual(["begin 1", "end 1", "begin 2", "Cancelled 2", "moved on@20"]);
    });
  }

  everywhere("catchError and finalize see a cancellation as any other error of the chain", async () => {
    const log: string[] = [];
    await moveOnAfter(2, () =>
      sleepForever().pipe(
        catchError((error: unknown) => {
          log.push(named(error));
          return throwError(() => error);
        }),
        finalize(() => log.push("finalized")),
      ),
    );
    expect(log).toEqual(["Cancelled", "finalized"]);
  });

  everywhere("a foreign source as a body is unsubscribed on cancel", async () => {
    const log: string[] = [];
    await moveOnAfter(2, () => new Observable(() => () => log.push("torn down")));
    expect(log).toEqual(["torn down"]);
  });

  everywhere("an error of work that was unsubscribed goes to the group, none is dropped", async () => {
    const work = operation(async () => {
      try {
        await sleepForever();
      } catch {
        throw new RangeError("in cleanup");
      }
    });
    const error = await thrownBy(() =>
      taskGroup(async () => {
        const subscription = work().subscribe();
        await blocked();
        subscription.unsubscribe();
        await sleep(LONG);
      }),
    );
    expect((error as TaskGroupError).errors.map(named)).toEqual(["RangeError"]);
  });

  everywhere("errors of chains: thrown in an operator, by the source, at subscription, synchronously", async () => {
    const bodies: (() => Observable<unknown>)[] = [
      () =>
        sleep(1).pipe(
          tap(() => {
            throw new Error("bug");
          }),
        ),
      () => throwError(() => new Error("bug")),
      () =>
        new Observable(() => {
          throw new Error("bug");
        }),
      () =>
        defer(() => {
          throw new Error("bug");
        }),
      () => {
        throw new Error("bug");
      },
      () =>
        operation(() => {
          throw new Error("bug");
        })().pipe(tap()),
    ];
    for (const body of bodies) {
      const error = await thrownBy(() => taskGroup((tg) => void tg.startSoon(body)));
      expect((error as TaskGroupError).errors.map((e) => (e as Error).message)).toEqual(["bug"]);
      expect(((await thrownBy(() => lastValueFrom(defer(body)))) as Error).message).toBe("bug");
    }
  });

  everywhere("firstValueFrom, lastValueFrom, race, zip, share and repeat take operations as Observables", async () => {
    const one = operation(async () => {
      await sleep(1);
      return 1;
    });
    expect(await firstValueFrom(one())).toBe(1);
    expect(await lastValueFrom(one().pipe(repeat(3), toArray()))).toEqual([1, 1, 1]);
    expect(await lastValueFrom(race(one(), sleepForever()))).toBe(1);
    expect(await lastValueFrom(zip(one(), one()))).toEqual([1, 1]);
    let calls = 0;
    const shared = operation(async () => {
      calls++;
      await sleep(1);
      return "s";
    })().pipe(share());
    expect(await Promise.all([firstValueFrom(shared), firstValueFrom(shared)])).toEqual(["s", "s"]);
    expect(calls).toBe(1);
    let tries = 0;
    const flaky = operation(async () => {
      await checkpoint();
      if (++tries < 3) throw new Error("flaky");
      return tries;
    });
    expect(await lastValueFrom(flaky().pipe(retry(5)))).toBe(3);
  });

  everywhere("race cancels the loser, whose cleanup the group waits for", async () => {
    const log: string[] = [];
    const slow = operation(async () => {
      try {
        await sleepForever();
      } finally {
        await moveOnAfter(LONG, () => sleep(2), { shield: true });
        log.push("loser");
      }
    });
    await taskGroup(async () => {
      await lastValueFrom(race(sleep(1), slow()));
      log.push("winner");
    });
    expect(log).toEqual(["winner", "loser"]);
  });

  everywhere("takeUntil(op) unsubscribes the source when the operation is done", async () => {
    const source = new Subject<number>();
    let done = false;
    source.pipe(takeUntil(sleep(2))).subscribe({ complete: () => (done = true) });
    await sleep(6);
    expect([done, source.observed]).toEqual([true, false]);
  });

  everywhere("subscribing is cold and repeatable, and synchronous completion works in every operator", async () => {
    let calls = 0;
    const op = operation(() => ++calls)();
    expect(calls).toBe(0);
    expect([await op, await op, await firstValueFrom(op)]).toEqual([1, 2, 3]);
    expect(
      await lastValueFrom(
        of(1, 2, 3).pipe(
          switchMap(() => op),
          toArray(),
        ),
      ),
    ).toEqual([4, 5, 6]);
    expect(await lastValueFrom(EMPTY.pipe(switchMap(() => op)), { defaultValue: "none" })).toBe("none");
  });

  everywhere("a subscriber sees the task and scope of the subscription", async () => {
    const seen: unknown[] = [];
    const scope = new CancelScope({ name: "mine" });
    await scope.enter(async () => {
      sleep(1).subscribe(() => seen.push(currentScope().name, currentTask().name));
      await sleep(4);
    });
    expect(seen).toEqual(["mine", "main"]);
  });

  everywhere("inside a chain operations find the scope of who consumes it, whoever emits", async () => {
    const source = new Subject<void>();
    const names: string[] = [];
    const where = operation(async () => {
      await checkpoint();
      names.push(currentScope().name === "" ? "own" : currentScope().name, currentTask().name);
    });
    await taskGroup(async (tg) => {
      tg.startSoon(() => source.pipe(concatMap(() => where())), { name: "consumer" });
      tg.startSoon(
        async () => {
          await blocked();
          source.next();
          await blocked();
          source.complete();
        },
        { name: "emitter" },
      );
    });
    expect(names).toEqual(["own", "consumer"]);
  });
});

describe("field: foreign promises", () => {
  const fetchLike = (log: string[], answer: number) => (signal: { aborted: boolean }) =>
    new Promise<string>((resolve, reject) => {
      const native = signal as AbortSignal;
      const timer = setTimeout(() => resolve("body"), answer);
      native.addEventListener("abort", () => {
        clearTimeout(timer);
        log.push("aborted");
        reject(native.reason as Error);
      });
    });

  everywhere("abortable waits for a fetch-like function, and aborts it on cancel", async () => {
    reallyWaits("the world takes its time on every backend");
    const log: string[] = [];
    expect(await abortable(fetchLike(log, 2))).toBe("body");
    await taskGroup(async (tg) => {
      tg.startSoon(() => abortable(fetchLike(log, 5_000)));
      await sleep(0);
      await checkpoint();
      tg.cancel();
    });
    expect(log).toEqual(["aborted"]);
  });

  outdoors("scope.signal aborts a fetch-like function with the deadline", async () => {
    const log: string[] = [];
    const value = await moveOnAfter(3, async (scope) => await abortable(() => fetchLike(log, 5_000)(scope.signal)));
    expect(value).toBeUndefined();
    expect(log).toEqual(["aborted"]);
  });

  everywhere("abortable passes errors, also synchronous and falsy ones", async () => {
    expect(
      (
        (await thrownBy(() =>
          abortable(() => {
            throw new Error("sync");
          }),
        )) as Error
      ).message,
    ).toBe("sync");
    expect(
      await thrownBy(() =>
        abortable(async () => {
          throw null as unknown;
        }),
      ),
    ).toBeNull();
    expect(await abortable(() => 3)).toBe(3);
  });

  everywhere("a late error of an abandoned promise goes to the group that still runs", async () => {
    const error = await thrownBy(() =>
      taskGroup(async () => {
        let refuse!: (error: Error) => void;
        const promise = new Promise<void>((_, reject) => (refuse = reject));
        const scope = new CancelScope();
        await scope.enter(() =>
          taskGroup(async (inner) => {
            inner.cancelScope.shield = true;
            const hasty = new CancelScope();
            await hasty.enter(() =>
              abortable(() => {
                queueMicrotask(() => hasty.cancel());
                return promise;
              }),
            );
            refuse(new RangeError("late"));
            await sleep(20);
          }),
        );
      }),
    );
    expect((error as TaskGroupError).leaves().map(named)).toEqual(["RangeError"]);
  });
});

describe("field: work that makes its own chain go on", () => {
  everywhere("switchMap cancels the first run, and the next one is not nested in it", async () => {
    const log: string[] = [];
    const source = new Subject<number>();
    await taskGroup(async () => {
      const job = operation(async (n: number) => {
        try {
          if (n === 1) {
            await sleep(1);
            source.next(2);
          }
          await sleep(5);
          log.push(`done ${String(n)}`);
        } catch (error) {
          log.push(`${(error as Error).name} ${String(n)}`);
          throw error;
        }
      });
      source.pipe(switchMap((n) => job(n))).subscribe();
      source.next(1);
    });
    expect(log).toEqual(["Cancelled 1", "done 2"]);
  });

  it("an operation is an ObservableInput of its value's type alone", async () => {
    const values: Observable<number> = of(1, 2).pipe(concatMap((n) => operation((m: number) => m * 2)(n)));
    const last: Promise<number> = run(() => values);
    expect(await last).toBe(4);
  });
});
