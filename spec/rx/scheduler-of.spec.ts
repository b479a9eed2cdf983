import { currentScope, currentTime, type Operation, operation, run, schedulerOf, sleep, taskGroup } from "anyrx";
import {
  auditTime,
  bufferTime,
  debounceTime,
  delay,
  interval,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  observeOn,
  of,
  repeat,
  type SchedulerAction,
  type SchedulerLike,
  switchMap,
  take,
  takeUntil,
  tap,
  throttleTime,
  timeout,
  timer,
  toArray,
  VirtualTimeScheduler,
} from "rxjs";
import { everywhere, expectSentence, outdoors, runQuietly, thrownBy, virtually } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

/** What a pipeline emits, with the times, on any scheduler. */
function trace(source$: Observable<unknown>, scheduler: SchedulerLike, log: string[]): Observable<unknown> {
  const start = scheduler.now();
  const note = (what: string): void => void log.push(`${what}@${scheduler.now() - start}`);
  return source$.pipe(
    tap({
      next: (value) => {
        note(JSON.stringify(value));
      },
      error: (error: Error) => {
        note(`#${error.name}`);
      },
      complete: () => {
        note("|");
      },
    }),
  );
}

type Pipeline = (scheduler: SchedulerLike) => Observable<unknown>;

const pipelines: Record<string, Pipeline> = {
  "timer with a period": (s) => timer(3, 5, s).pipe(take(4)),
  "interval, debounced": (s) => interval(4, s).pipe(take(3), debounceTime(6, s)),
  "delay behind interval": (s) => interval(4, s).pipe(take(3), delay(10, s)),
  throttleTime: (s) => interval(2, s).pipe(take(9), throttleTime(5, s, { leading: true, trailing: true })),
  auditTime: (s) => interval(2, s).pipe(take(9), auditTime(5, s)),
  bufferTime: (s) => interval(3, s).pipe(take(5), bufferTime(7, s)),
  "timeout that strikes": (s) => timer(20, s).pipe(timeout({ each: 10, scheduler: s })),
  "observeOn keeps the order": (s) => of(1, 2, 3).pipe(observeOn(s)),
  "switchMap over timers": (s) =>
    interval(4, s).pipe(
      take(3),
      switchMap((n) =>
        interval(3, s).pipe(
          take(2),
          map((m) => [n, m]),
        ),
      ),
    ),
  "mergeMap, repeated": (s) =>
    of(5, 1).pipe(
      mergeMap((ms) => timer(ms, s).pipe(map(() => ms))),
      repeat(2),
    ),
};

/** What RxJS's own virtual clock makes of it. */
function onVirtualTimeScheduler(pipeline: Pipeline): string[] {
  const scheduler = new VirtualTimeScheduler();
  const log: string[] = [];
  trace(pipeline(scheduler), scheduler, log).subscribe({ error: () => {} });
  scheduler.flush();
  return log;
}

describe("schedulerOf()", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  for (const [title, pipeline] of Object.entries(pipelines)) {
    virtually(
      `gives RxJS the clock of the run, event for event as VirtualTimeScheduler has them: ${title}`,
      async () => {
        const log: string[] = [];
        const scheduler = schedulerOf();
        await lastValueFrom(trace(pipeline(scheduler), scheduler, log)).catch(() => undefined);
        expect(log).toEqual(onVirtualTimeScheduler(pipeline));
      },
    );
  }

  outdoors("waits in real time on a real clock, at least as long as it was told", async () => {
    const start = currentTime();
    await lastValueFrom(of(1).pipe(delay(5, schedulerOf())));
    expect(currentTime() - start).toBeGreaterThanOrEqual(4);
  });

  it("follows the native clock outside of any run", async () => {
    const scheduler = schedulerOf();
    const start = scheduler.now();
    await lastValueFrom(timer(3, scheduler));
    expect(scheduler.now() - start).toBeGreaterThanOrEqual(2);
  });

  everywhere("never runs anything inside the caller, and keeps the order", async () => {
    const log: string[] = [];
    const scheduler = schedulerOf();
    for (const name of ["a", "b", "c"]) scheduler.schedule(() => log.push(name));
    log.push("caller");
    await sleep(10);
    expect(log).toEqual(["caller", "a", "b", "c"]);
  });

  virtually("lets an action schedule itself anew, with a new state and a new delay", async () => {
    const log: string[] = [];
    schedulerOf().schedule<number>(
      function (this: SchedulerAction<number>, n = 0) {
        log.push(`${n}@${currentTime()}`);
        if (n < 3) this.schedule(n + 1, n + 1);
      },
      5,
      0,
    );
    await sleep(100);
    expect(log).toEqual(["0@5", "1@6", "2@8", "3@11"]);
  });

  virtually("forgets what is unsubscribed, also by the action itself and before it comes", async () => {
    const log: string[] = [];
    const scheduler = schedulerOf();
    scheduler.schedule(() => log.push("gone"), 5).unsubscribe();
    const action = scheduler.schedule(function (this: SchedulerAction<unknown>) {
      log.push("once");
      this.schedule(undefined, 1);
      action.unsubscribe();
      this.schedule(undefined, 1);
    }, 5);
    await sleep(100);
    expect(log).toEqual(["once"]);
    expect(action.closed).toBeTrue();
  });

  virtually("keeps one time of an action that schedules itself twice", async () => {
    const log: number[] = [];
    schedulerOf().schedule<boolean>(function (this: SchedulerAction<boolean>, again = true) {
      log.push(currentTime());
      if (!again) return;
      this.schedule(false, 5);
      this.schedule(false, 9);
    }, 1);
    await sleep(100);
    expect(log).toEqual([1, 10]);
  });

  virtually("takes delays as operators give them: none when negative or no number, never when infinite", async () => {
    const log: string[] = [];
    const scheduler = schedulerOf();
    for (const ms of [-5, NaN, 0, Infinity]) scheduler.schedule(() => log.push(`${ms}@${currentTime()}`), ms);
    await sleep(1_000_000);
    expect(log).toEqual(["-5@0", "NaN@0", "0@0"]);
  });

  virtually("runs an action in the scope that scheduled it: what it starts is cancelled with that", async () => {
    const log: string[] = [];
    const scheduler = schedulerOf();
    const wait: () => Operation<void> = operation(async () => {
      try {
        await sleep(1000);
      } catch (error) {
        log.push(`${(error as Error).name}@${currentTime()}`);
        throw error;
      }
    });
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        const scope = currentScope();
        scheduler.schedule(() => {
          expect(currentScope()).toBe(scope);
          wait().subscribe();
        }, 5);
        await sleep(100);
      });
      await sleep(20);
      tg.cancel();
    });
    expect(log).toEqual(["Cancelled@20"]);
  });

  for (const context of ["store", "handoff"] as const) {
    virtually(
      `lets an async callback of an operator behind it wait in the right scope (${context})`,
      async () => {
        const times = await lastValueFrom(
          timer(5, schedulerOf()).pipe(
            mergeMap(async () => {
              await sleep(7);
              return currentTime();
            }),
            toArray(),
          ),
        );
        expect(times).toEqual([12]);
      },
      { context },
    );
  }

  virtually("gives what an action throws to the group of its scope, and unsubscribes it", async () => {
    let action;
    const error = await thrownBy(() =>
      taskGroup(async () => {
        action = schedulerOf().schedule(() => {
          throw new Error("burnt");
        }, 5);
        await sleep(100);
      }),
    );
    expect((error as AggregateError).errors.map(String)).toEqual(["Error: burnt"]);
    expect((action as unknown as { closed: boolean }).closed).toBeTrue();
  });

  it("gives what an action throws outside of any run to the host", async () => {
    await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
      schedulerOf().schedule(() => {
        throw new Error("burnt");
      });
      await lastValueFrom(timer(20));
      expect(spy.calls.allArgs().flat().map(String)).toEqual(["Error: burnt"]);
    });
  });

  it("takes a backend by name of none but itself", async () => {
    await runQuietly(
      async () => {
        const { backend } = currentScope()._engine;
        const scheduler = schedulerOf(backend);
        const start = scheduler.now();
        await lastValueFrom(interval(5, scheduler).pipe(takeUntil(timer(22, scheduler))));
        expect(scheduler.now() - start).toBe(22);
      },
      { backend: "virtual" },
    );
    for (const wrong of ["virtual", null, {}, 1]) expectSentence(() => schedulerOf(wrong as never), TypeError);
  });

  it("outlives its run without a word: what was left behind is never called", async () => {
    const log: string[] = [];
    await run(
      async () => {
        schedulerOf().schedule(() => log.push("late"), 10);
      },
      { backend: "virtual" },
    );
    expect(log).toEqual([]);
  });
});
