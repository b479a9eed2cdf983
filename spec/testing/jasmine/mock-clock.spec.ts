import { interval, take } from "rxjs";
import { sleep } from "anyrx";
import { marbles, VirtualTime } from "anyrx/testing";
import { inner } from "./inner-jasmine.ts";
import { unwatched } from "../../support/real-time.ts";

let realTimeout: typeof setTimeout;

describe("jasmine's mock clock and virtual time", () => {
  unwatched();
  beforeEach(() => {
    realTimeout = setTimeout;
  });
  afterEach(() => {
    jasmine.clock().uninstall();
    expect(setTimeout).toBe(realTimeout);
  });

  it("nest: what was installed before stands still during the test, and goes on after it", async () => {
    jasmine.clock().install();
    const mocked = setTimeout;
    const log: string[] = [];
    setTimeout(() => log.push("mocked"), 10);
    await marbles(async (t) => {
      expect(setTimeout).not.toBe(mocked);
      t.expectObservable(interval(20).pipe(take(2))).toBe("20ms a 19ms (b|)", { a: 0, b: 1 });
      setTimeout(() => log.push(`virtual ${String(t.now())}`), 10);
      await sleep(100);
      log.push(`slept ${String(t.now())}`);
    });
    expect(setTimeout).toBe(mocked);
    expect(log).toEqual(["virtual 10", "slept 100"]);
    jasmine.clock().tick(10);
    expect(log).toEqual(["virtual 10", "slept 100", "mocked"]);
  });

  it("nest with mocked dates, too", async () => {
    jasmine.clock().install().mockDate(new Date(86_400_000));
    await new VirtualTime({ epoch: 1_000 }).run(async () => {
      await sleep(500);
      expect(Date.now()).toBe(1_500);
      expect(new Date().toISOString()).toBe("1970-01-01T00:00:01.500Z");
    });
    expect(Date.now()).toBe(86_400_000);
    jasmine.clock().tick(1);
    expect(new Date().getTime()).toBe(86_400_001);
  });

  it("tick what was installed before, from inside of the test", async () => {
    jasmine.clock().install();
    const log: string[] = [];
    setTimeout(() => log.push("mocked"), 10);
    await new VirtualTime().run(async () => {
      jasmine.clock().tick(10);
      await sleep(1);
    });
    expect(log).toEqual(["mocked"]);
  });

  it("clear a mocked timer from inside of the test", async () => {
    jasmine.clock().install();
    const log: string[] = [];
    const mocked = setTimeout(() => log.push("mocked"), 10);
    await new VirtualTime().run(async () => {
      clearTimeout(mocked);
      await sleep(1);
    });
    jasmine.clock().tick(10);
    expect(log).toEqual([]);
  });

  it("do not nest the other way round: jasmine says that the timers are not its own", async () => {
    const before = [setTimeout, setInterval, Date];
    await expectAsync(
      new VirtualTime().run(() => {
        jasmine.clock().install();
      }),
    ).toBeRejectedWithError(/Jasmine Clock was unable to install over custom global timer functions/);
    expect([setTimeout, setInterval, Date]).toEqual(before);
  });

  // Really waits, since that is what it is about.
  it("leave jasmine's own timeouts in real time", async () => {
    let end!: () => void;
    let ended: Promise<unknown> = Promise.resolve();
    const outcomes = await inner(() => {
      it("is held", () => {
        const time = new VirtualTime({ realTimeout: Infinity });
        ended = time.run(() => time.real(() => new Promise<void>((resolve) => (end = resolve))));
        return ended;
      });
    }, 100);
    end();
    await ended;
    expect(outcomes[0]?.messages[0]).toMatch(/^Error: Timeout - .+ within 100ms/);
  });
});
