import { inspect } from "node:util";
import { Event, run, sleep, sleepForever, taskGroup } from "anyrx";
import { Subject, switchMap, takeUntil } from "rxjs";
import { blocked, everywhere } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("An event", () => {
  everywhere("ends an Observable that goes on until it is set", async () => {
    const event = new Event();
    const ticks = new Subject<number>();
    const seen: unknown[] = [];
    ticks.pipe(takeUntil(event.wait())).subscribe({ next: (n) => seen.push(n), complete: () => seen.push("end") });
    ticks.next(1);
    event.set();
    await blocked();
    ticks.next(2);
    expect(seen).toEqual([1, "end"]);
  });

  everywhere("forgets who unsubscribed", async () => {
    const event = new Event();
    const source = new Subject<number>();
    let woke = 0;
    const subscription = source.pipe(switchMap(() => event.wait())).subscribe(() => woke++);
    source.next(1);
    source.next(2);
    expect(event.statistics().tasksWaiting).toBe(1);
    subscription.unsubscribe();
    expect(event.statistics().tasksWaiting).toBe(0);
    event.set();
    await blocked();
    expect(woke).toBe(0);
  });

  everywhere("wakes a task in every style", async () => {
    const event = new Event();
    const woken: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await event.wait();
        woken.push("async");
      });
      tg.startSoon(function* () {
        yield* event.wait();
        woken.push("generator");
      });
      tg.startSoon(() => event.wait());
      await blocked();
      expect(event.statistics().tasksWaiting).toBe(3);
      event.set();
    });
    expect(woken.sort()).toEqual(["async", "generator"]);
  });

  it("wakes tasks of several runs, and code outside of any", async () => {
    const event = new Event();
    const log: string[] = [];
    const wait = (name: string) => async () => {
      await event.wait();
      log.push(name);
    };
    const all = [run(wait("native")), run(wait("rx"), { backend: "rx" }), wait("outside")()];
    reallyWaits("the runs are on real clocks");
    await sleep(1);
    event.set();
    await Promise.all(all);
    expect(log.sort()).toEqual(["native", "outside", "rx"]);
  });

  everywhere("is one line in a log", async () => {
    const event = new Event({ name: "ready" });
    const lines = [inspect(event), event.wait().describe(), new Event().wait().describe()];
    await taskGroup(async (tg) => {
      tg.startSoon(() => event.wait());
      tg.startSoon(() => sleepForever());
      await blocked();
      lines.push(String(event));
      tg.cancel();
    });
    event.set();
    lines.push(String(event));
    expect(lines).toEqual([
      'Event "ready" (not set, 0 waiting)',
      'the event "ready"',
      "the event",
      'Event "ready" (not set, 1 waiting)',
      'Event "ready" (set)',
    ]);
    expect(Object.isFrozen(event.statistics())).toBeTrue();
  });
});
