import { type Alarm, DeadlineQueue, LONGEST_DELAY } from "../../src/base/deadline-queue.ts";

/** A clock that is moved by hand. */
class HandClock implements Alarm {
  time = 0;
  due = Infinity;
  sets = 0;
  readonly needs: boolean[] = [];
  readonly queue: DeadlineQueue = new DeadlineQueue(this);

  now(): number {
    return this.time;
  }
  set(delay: number): void {
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(LONGEST_DELAY);
    this.sets++;
    this.due = this.time + delay;
  }
  need(any: boolean): void {
    this.needs.push(any);
  }
  to(time: number): void {
    while (this.due <= time) {
      this.time = this.due;
      this.due = Infinity;
      this.queue.ring();
    }
    this.time = time;
  }
}

describe("DeadlineQueue", () => {
  let clock: HandClock;
  let log: string[];
  const arm = (deadline: number, name: string): Disposable =>
    clock.queue.arm(deadline, { run: () => void log.push(`${name}@${String(clock.time)}`) });

  beforeEach(() => {
    clock = new HandClock();
    log = [];
  });

  it("runs what is due, in the order of time and then of arming", () => {
    arm(20, "c");
    arm(10, "a");
    arm(10, "b");
    clock.to(15);
    expect(log).toEqual(["a@10", "b@10"]);
    clock.to(30);
    expect(log).toEqual(["a@10", "b@10", "c@20"]);
  });

  it("forgets what is disposed, also while it rings", () => {
    const a = arm(10, "a");
    arm(10, "b");
    const c = arm(10, "c");
    clock.queue.arm(5, {
      run: () => {
        a[Symbol.dispose]();
      },
    });
    clock.queue.arm(10, {
      run: () => {
        c[Symbol.dispose]();
      },
    });
    clock.to(30);
    expect(log).toEqual(["b@10", "c@10"]);
    c[Symbol.dispose]();
    expect(clock.needs.at(-1)).toBeFalse();
  });

  it("keeps a deadline that is further away than a host timer can be", () => {
    arm(2 ** 31 + 5_000_000_000, "far");
    clock.to(2 ** 31 + 4_999_999_999);
    expect(log).toEqual([]);
    clock.to(2 ** 31 + 5_000_000_000);
    expect(log).toEqual(["far@7147483648"]);
  });

  it("leaves the alarm standing for timeouts that never fire", () => {
    for (let i = 0; i < 1000; i++) {
      clock.time = i;
      arm(i + 5000, "never")[Symbol.dispose]();
    }
    expect(clock.sets).toBe(1);
    clock.to(10_000);
    expect(log).toEqual([]);
  });

  it("needs the process only while something is armed", () => {
    const a = arm(10, "a");
    const b = arm(20, "b");
    a[Symbol.dispose]();
    b[Symbol.dispose]();
    expect(clock.needs).toEqual([true, false]);
    arm(30, "c");
    clock.to(40);
    expect(clock.needs).toEqual([true, false, true, false]);
  });

  it("gives a deadline of now, armed while it rings, the next ring", () => {
    clock.queue.arm(10, { run: () => void arm(10, "again") });
    clock.to(10);
    expect(log).toEqual(["again@10"]);
  });

  it("stays small when thousands are armed and forgotten", () => {
    const keep = arm(1, "kept");
    const all = Array.from({ length: 10_000 }, (_, i) => arm(1000 + i, "x"));
    for (const one of all) one[Symbol.dispose]();
    expect(Reflect.get(Reflect.get(clock.queue, "heap") as object, "size")).toBeLessThan(200);
    clock.to(20_000);
    expect(log).toEqual(["kept@1"]);
    keep[Symbol.dispose]();
  });
});
