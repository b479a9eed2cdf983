/**
 * In the spirit of the teardown cases of RxJS's own `switchMap`, `mergeMap`, `concatMap` and `exhaustMap`: here the inner sources are async functions.
 *
 * @module
 */

import { currentTime, moveOnAfter, type Operation, operation, sleep, taskGroup, type TaskGroupError } from "anyrx";
import {
  concatMap,
  exhaustMap,
  lastValueFrom,
  mergeMap,
  Observable,
  of,
  type OperatorFunction,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  toArray,
} from "rxjs";
import { perform } from "../../src/kernel/body.ts";
import type { Continuation } from "../../src/kernel/continuation.ts";
import type { Scope } from "../../src/kernel/scope.ts";
import { Work as KernelWork } from "../../src/kernel/work.ts";
import { named, thrownBy, virtually } from "./everywhere.ts";

const boom = new RangeError("boom");
type Work = (n: number) => Operation<number>;

const operators: Record<string, (work: Work) => OperatorFunction<number, number>> = {
  switchMap: (work) => switchMap((n) => work(n)),
  mergeMap: (work) => mergeMap((n) => work(n)),
  concatMap: (work) => concatMap((n) => work(n)),
  exhaustMap: (work) => exhaustMap((n) => work(n)),
};

/** Work for 10 ms that logs when it began and how it ended. */
function work(log: string[], style: "async" | "generator"): Work {
  const began = (n: number) => log.push(`${n} begins@${currentTime()}`);
  const ended = (n: number, how: string) => log.push(`${n} ${how}@${currentTime()}`);
  return style === "async"
    ? operation(async (n: number) => {
        began(n);
        try {
          await sleep(10);
          ended(n, "ends");
          return n;
        } catch (error) {
          ended(n, named(error));
          throw error;
        }
      })
    : operation(function* (n: number) {
        began(n);
        try {
          yield* sleep(10);
          ended(n, "ends");
          return n;
        } catch (error) {
          ended(n, named(error));
          throw error;
        }
      });
}

/** Emits 1, 2 and 3, 4 ms apart, then does what `end` says. */
async function feed(source: Subject<number>, end: (source: Subject<number>) => void): Promise<void> {
  for (const n of [1, 2, 3]) {
    source.next(n);
    await sleep(4);
  }
  end(source);
}

/** What each operator does, by itself, with three inner sources that overlap. */
const whole: Record<string, string[]> = {
  switchMap: [
    "1 begins@0",
    "2 begins@4",
    "1 Cancelled@4",
    "3 begins@8",
    "2 Cancelled@8",
    "3 ends@18",
    "got 3@18",
    "complete@18",
  ],
  mergeMap: [
    "1 begins@0",
    "2 begins@4",
    "3 begins@8",
    "1 ends@10",
    "got 1@10",
    "2 ends@14",
    "got 2@14",
    "3 ends@18",
    "got 3@18",
    "complete@18",
  ],
  concatMap: [
    "1 begins@0",
    "1 ends@10",
    "got 1@10",
    "2 begins@10",
    "2 ends@20",
    "got 2@20",
    "3 begins@20",
    "3 ends@30",
    "got 3@30",
    "complete@30",
  ],
  exhaustMap: ["1 begins@0", "1 ends@10", "got 1@10", "complete@12"],
};

/** What is running at 9 ms, after three values. */
const running: Record<string, string[]> = {
  switchMap: ["3"],
  mergeMap: ["1", "2", "3"],
  concatMap: ["1"],
  exhaustMap: ["1"],
};

for (const [name, operator] of Object.entries(operators)) {
  describe(`field: ${name} over async functions`, () => {
    for (const style of ["async", "generator"] as const) {
      virtually(`runs to its end, outer first (${style})`, async () => {
        const log: string[] = [];
        await taskGroup(async (tg) => {
          const source = new Subject<number>();
          tg.startSoon(() =>
            source.pipe(
              operator(work(log, style)),
              tap({
                next: (n) => log.push(`got ${n}@${currentTime()}`),
                complete: () => log.push(`complete@${currentTime()}`),
              }),
            ),
          );
          await sleep(0);
          await feed(source, (subject) => {
            subject.complete();
          });
        });
        expect(log).toEqual(whole[name] ?? []);
      });

      virtually(`unsubscribing cancels what runs, there and then (${style})`, async () => {
        const log: string[] = [];
        await taskGroup(async () => {
          const source = new Subject<number>();
          const subscription = source.pipe(operator(work(log, style))).subscribe();
          source.next(1);
          await sleep(4);
          source.next(2);
          await sleep(4);
          source.next(3);
          await sleep(1);
          log.length = 0;
          subscription.unsubscribe();
          expect(source.observed).toBeFalse();
        });
        expect(log).toEqual((running[name] ?? []).map((n) => `${n} Cancelled@9`));
      });

      virtually(`the error of the source cancels what runs (${style})`, async () => {
        const log: string[] = [];
        await taskGroup(async () => {
          const source = new Subject<number>();
          source.pipe(operator(work(log, style))).subscribe({ error: (error) => log.push(`error ${named(error)}`) });
          for (const n of [1, 2, 3]) {
            source.next(n);
            if (n < 3) await sleep(4);
          }
          await sleep(1);
          log.length = 0;
          source.error(boom);
        });
        expect(log.sort()).toEqual(
          [...(running[name] ?? []).map((n) => `${n} Cancelled@9`), "error RangeError"].sort(),
        );
      });

      virtually(`takeUntil behind it cancels what runs, and completes (${style})`, async () => {
        const log: string[] = [];
        await taskGroup(async () => {
          const [source, stop] = [new Subject<number>(), new Subject<null>()];
          source.pipe(operator(work(log, style)), takeUntil(stop)).subscribe({ complete: () => log.push("complete") });
          source.next(1);
          await sleep(3);
          stop.next(null);
        });
        expect(log).toEqual(["1 begins@0", "complete", "1 Cancelled@3"]);
      });

      virtually(`take behind it cancels the others (${style})`, async () => {
        const log: string[] = [];
        await taskGroup(async () => {
          const source = new Subject<number>();
          const got = lastValueFrom(source.pipe(operator(work(log, style)), take(1), toArray()));
          await feed(source, () => undefined);
          expect(await got).toEqual([name === "switchMap" ? 3 : 1]);
        });
        const open =
          log.filter((line) => line.includes("begins")).length - log.filter((line) => !line.includes("begins")).length;
        expect(open).toBe(0);
      });

      virtually(`an inner error ends it, and cancels the others (${style})`, async () => {
        const log: string[] = [];
        const failing = operation(async (n: number) => {
          await sleep(1);
          if (n === 2) throw boom;
          return await work(log, style)(n);
        });
        const error = await thrownBy(() =>
          taskGroup(() =>
            of(1, 2).pipe(operators["mergeMap"]!(failing), name === "mergeMap" ? tap() : operator((n) => failing(n))),
          ),
        );
        expect((error as TaskGroupError).errors).toEqual([boom]);
        expect(log.filter((line) => line.includes("begins")).length).toBe(
          log.filter((line) => line.includes("Cancelled")).length,
        );
      });

      virtually(`a projection that throws unsubscribes the source (${style})`, async () => {
        const source = new Subject<number>();
        const error = await thrownBy(() =>
          taskGroup(async (tg) => {
            tg.startSoon(() =>
              source.pipe(
                operator(() => {
                  throw boom;
                }),
              ),
            );
            await sleep(1);
            source.next(1);
            expect(source.observed).toBeFalse();
          }),
        );
        expect((error as TaskGroupError).errors).toEqual([boom]);
      });
    }

    virtually("inner Observables that are torn down in its subscribe function are torn down once", async () => {
      const log: string[] = [];
      const source = new Observable<number>((subscriber) => {
        subscriber.next(1);
        return () => log.push("source");
      });
      await taskGroup(async () => {
        const subscription = source.pipe(operator(work(log, "async"))).subscribe();
        await sleep(1);
        subscription.unsubscribe();
        subscription.unsubscribe();
      });
      expect(log.sort()).toEqual(["1 Cancelled@1", "1 begins@0", "source"]);
      expect(await thrownBy(() => lastValueFrom(throwError(() => boom).pipe(operator(work(log, "async")))))).toBe(boom);
    });
  });
}

describe("a group around a chain that was subscribed to by hand", () => {
  for (const style of ["async", "generator"] as const) {
    virtually(`waits for every ${style} work that the chain begins, one after the other`, async () => {
      const log: string[] = [];
      await taskGroup(() => {
        of(1, 2, 3)
          .pipe(concatMap(work(log, style)))
          .subscribe((n) => log.push(`got ${n}`));
      });
      log.push(`over@${currentTime()}`);
      expect(log).toEqual([
        ...["1 begins@0", "1 ends@10", "got 1", "2 begins@10", "2 ends@20"],
        ...["got 2", "3 begins@20", "3 ends@30", "got 3", "over@30"],
      ]);
    });
  }

  virtually("waits for it also where an inner work ends in the step in which it begins", async () => {
    const log: string[] = [];
    await taskGroup(() => {
      of(10, 0, 0, 10)
        .pipe(
          concatMap((ms) =>
            operation(function* () {
              if (ms > 0) yield* sleep(ms);
              return ms;
            })(),
          ),
        )
        .subscribe((ms) => log.push(`${ms}@${currentTime()}`));
    });
    log.push(`over@${currentTime()}`);
    expect(log).toEqual(["10@10", "0@10", "0@10", "10@20", "over@20"]);
  });
});

describe("work whose subscriber left", () => {
  virtually("gives back what it got all the same", async () => {
    // It ends under a shield, so that nothing keeps it from getting its value.
    class Taking extends KernelWork<unknown> {
      describe(): string {
        return "a value";
      }
      _begin(scope: Scope, end: Continuation): void {
        perform(scope, () => moveOnAfter(1000, () => sleep(10), { shield: true }), undefined, end);
      }
      override _undo(): void {
        log.push("given back");
      }
    }
    const log: string[] = [];
    await taskGroup(async () => {
      const left = new Taking().subscribe(() => log.push("got"));
      await sleep(1);
      left.unsubscribe();
      await sleep(0);
      log.push("left");
    });
    expect(log).toEqual(["left", "given back"]);
  });
});
