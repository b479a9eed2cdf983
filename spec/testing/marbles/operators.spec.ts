import { currentTime, operation, sleep, taskGroup } from "anyrx";
import {
  animationFrameScheduler,
  asapScheduler,
  asyncScheduler,
  auditTime,
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  delayWhen,
  distinctUntilChanged,
  expand,
  firstValueFrom,
  fromEvent,
  interval,
  lastValueFrom,
  map,
  mergeMap,
  observeOn,
  of,
  queueScheduler,
  retry,
  sampleTime,
  scheduled,
  startWith,
  subscribeOn,
  switchMap,
  take,
  takeUntil,
  throttleTime,
  timeInterval,
  timeout,
  TimeoutError,
  timer,
  timestamp,
  toArray,
  windowTime,
} from "rxjs";
import { marbles } from "anyrx/testing";
import { draws } from "./failing.ts";

describe("marbles() with RxJS as it is:", () => {
  draws("delay, delayWhen", ({ cold, expectObservable }) => {
    expectObservable(cold("-a-b|").pipe(delay(3))).toBe("----a-(b|)");
    expectObservable(cold("-a-b|").pipe(delayWhen((x) => timer(x === "a" ? 5 : 1)))).toBe("----b-(a|)");
    expectObservable(cold("-a").pipe(delay(new Date(10)))).toBe("10ms a");
  });

  draws("debounceTime, throttleTime, auditTime, sampleTime", ({ hot, expectObservable }) => {
    const typed$ = hot("-abc---d-e-----|");
    expectObservable(typed$.pipe(debounceTime(3))).toBe("------c-----e--|");
    expectObservable(typed$.pipe(throttleTime(3))).toBe("-a-----d-------|");
    expectObservable(typed$.pipe(throttleTime(3, asyncScheduler, { leading: true, trailing: true }))).toBe(
      "-a--c--d--e----|",
    );
    expectObservable(typed$.pipe(auditTime(3))).toBe("----c-----e----|");
    expectObservable(typed$.pipe(sampleTime(4))).toBe("----c---d---e--|");
  });

  draws("bufferTime, windowTime", ({ hot, cold, expectObservable }) => {
    expectObservable(hot("-ab-c-d--|").pipe(bufferTime(4))).toBe("----x---y(z|)", {
      x: ["a", "b", "c"],
      y: ["d"],
      z: [],
    });
    expectObservable(hot("-ab-c-d--|").pipe(windowTime(4))).toBe("x---y---z|", {
      x: cold("-ab-(c|)"),
      y: cold("--d-|"),
      z: cold("-|"),
    });
  });

  draws("interval, timer, timeout, timestamp, timeInterval", ({ cold, expectObservable }) => {
    expectObservable(interval(3).pipe(take(3))).toBe("---a--b--(c|)", { a: 0, b: 1, c: 2 });
    expectObservable(timer(2, 5).pipe(take(2))).toBe("--a----(b|)", { a: 0, b: 1 });
    expectObservable(timer(new Date(7))).toBe("-------(a|)", { a: 0 });
    expectObservable(cold("-a-----b").pipe(timeout({ each: 4 }))).toBe("-a---#", undefined, TimeoutError);
    expectObservable(cold("--a-b|").pipe(timestamp())).toBe("--x-y|", {
      x: { value: "a", timestamp: 2 },
      y: { value: "b", timestamp: 4 },
    });
    expectObservable(
      cold("--a-b|").pipe(
        timeInterval(),
        map((each) => each.interval),
      ),
    ).toBe("--x-y|", { x: 2, y: 2 });
  });

  draws("retry and expand with delays", ({ cold, expectObservable, expectSubscriptions }) => {
    const failing$ = cold("-a#");
    expectObservable(failing$.pipe(retry({ count: 2, delay: 5 }))).toBe("-a------a------a#");
    expectSubscriptions(failing$.subscriptions).toBe(["^-!", "-------^-!", "--------------^-!"]);
    expectObservable(of(1).pipe(expand((n) => (n < 3 ? of(n + 1).pipe(delay(2)) : [])))).toBe("a-b-(c|)", {
      a: 1,
      b: 2,
      c: 3,
    });
  });

  draws("subscribeOn, observeOn, scheduled: asap comes at once, before the timers of its instant", (t) => {
    const { cold, expectObservable } = t;
    expectObservable(cold("a-b|").pipe(observeOn(asapScheduler))).toBe("a-b|");
    expectObservable(cold("a-b|").pipe(observeOn(asyncScheduler, 2))).toBe("--a-b|");
    expectObservable(cold("a-b|").pipe(subscribeOn(asyncScheduler, 2))).toBe("--a-b|");
    expectObservable(scheduled([1, 2], queueScheduler)).toBe("(ab|)", { a: 1, b: 2 });
    expectObservable(scheduled([1, 2], asapScheduler)).toBe("(ab|)", { a: 1, b: 2 });
    expectObservable(scheduled([1, 2], t.scheduler)).toBe("(ab|)", { a: 1, b: 2 });
    const log = t.probe();
    log.toBe("--(abc)", { a: "asap", b: "timer", c: "late" });
    timer(2).subscribe(() =>
      asapScheduler.schedule(() => {
        log("asap");
      }),
    );
    timer(2).subscribe(() => {
      log("timer");
    });
    timer(2).subscribe(() => {
      log("late");
    });
  });

  it("animationFrameScheduler: where the host draws frames, every 16 ms", async () => {
    const host = globalThis as { requestAnimationFrame?: unknown; cancelAnimationFrame?: unknown };
    const drawn = "requestAnimationFrame" in globalThis;
    // Node draws none. What is there when the test begins is captured, whatever it does.
    if (!drawn) Object.assign(host, { requestAnimationFrame: () => 0, cancelAnimationFrame: () => undefined });
    try {
      await marbles(({ cold, expectObservable }) => {
        expectObservable(interval(0, animationFrameScheduler).pipe(take(2))).toBe("16ms a 15ms (b|)", { a: 0, b: 1 });
        expectObservable(cold("-a|").pipe(observeOn(animationFrameScheduler))).toBe("16ms (a|)");
      });
    } finally {
      if (!drawn) {
        delete host.requestAnimationFrame;
        delete host.cancelAnimationFrame;
      }
    }
    expect().nothing();
  });

  draws("with await at any place of a pipeline", ({ hot, expectObservable }) => {
    const fetchAll = async (letter: string): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let i = 0; i < 50; i++) await null;
      await sleep(2);
      return (await firstValueFrom(of(letter).pipe(delay(1)))).toUpperCase();
    };
    const letters$ = hot("-a--b----|");
    expectObservable(letters$.pipe(mergeMap(fetchAll))).toBe("------A--(B|)");
    expectObservable(letters$.pipe(concatMap(fetchAll))).toBe("------A----(B|)");
    expectObservable(letters$.pipe(switchMap(fetchAll))).toBe("---------(B|)");
    expectObservable(letters$.pipe(switchMap(operation(fetchAll)))).toBe("---------(B|)");
  });

  draws("driven from an async body", async ({ expectObservable, cold, probe, until }) => {
    const target = new EventTarget();
    const search = fromEvent(target, "input").pipe(
      map((event) => (event as CustomEvent<string>).detail),
      debounceTime(200),
      distinctUntilChanged(),
      switchMap((text) => cold("100ms (a|)", { a: `found ${text}` }).pipe(startWith("busy"))),
      takeUntil(timer(1_000)),
    );
    expectObservable(search).toBe("300ms b 99ms x 249ms b 99ms y 249ms |", {
      b: "busy",
      x: "found rx",
      y: "found rxjs",
    });
    const typed = probe("typed");
    typed.toBe("50ms a 49ms b 299ms c 49ms d", { a: "r", b: "rx", c: "rxj", d: "rxjs" });
    for (const [time, text] of [
      [50, "r"],
      [100, "rx"],
      [400, "rxj"],
      [450, "rxjs"],
    ] as const) {
      await until(time);
      typed(text);
      target.dispatchEvent(new CustomEvent("input", { detail: text }));
    }
  });

  draws("bridged by firstValueFrom, lastValueFrom, for await and groups", async ({ hot, expectPromise, probe }) => {
    const letters$ = hot("-a-b-c|");
    expectPromise(firstValueFrom(letters$)).toBe("-a");
    expectPromise(lastValueFrom(letters$.pipe(toArray()))).toBe("------x", { x: ["a", "b", "c"] });
    const log = probe();
    log.toBe("--a---b", { a: 2, b: 6 });
    await taskGroup((tg) => {
      for (const ms of [2, 6])
        tg.startSoon(async () => {
          await lastValueFrom(timer(ms).pipe(throttleTime(1)));
          log(currentTime());
        });
    });
  });
});
