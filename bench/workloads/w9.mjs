/**
 * W9: one step of virtual time, with 1, 100 and 2,000 timers pending that are far away.
 *
 * A step is one event after which time passes. RxJS's TestScheduler takes it synchronously, and cannot follow an `await` at all; the others let every
 * promise reaction run first. Set-up and what is pending are not timed.
 */
import FakeTimers from "@sinonjs/fake-timers";
import { sleep } from "anyrx";
import { VirtualTime } from "anyrx/testing";
import { asyncScheduler } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { floor, hand, ours, peer } from "../harness.mjs";

const FAR = 10_000_000;
const nothing = () => {};

/** A way out of `flush`, which would go on to what is pending. */
class Done extends Error {}

/** `plan(step)` has `step` called a millisecond later. */
const onTestScheduler = (pending, plan) => (n, watch) => {
  let steps = 0;
  try {
    new TestScheduler(nothing).run(() => {
      for (let i = 1; i < pending; i++) asyncScheduler.schedule(nothing, FAR + i);
      const step = () => {
        if (++steps === n) {
          watch.stop();
          throw new Done();
        }
        plan(step);
      };
      watch.start();
      plan(step);
    });
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
  return steps;
};

const byTimer = (step) => asyncScheduler.schedule(step, 1);
/** What one turn of the loop costs, without which no promise reaction is followed. */
const hops = async (n) => {
  let steps = 0;
  await new Promise((done) => {
    const hop = () => {
      if (++steps === n) done();
      else setImmediate(hop);
    };
    setImmediate(hop);
  });
  return steps;
};

const inVirtualTime = (pending, body) => (n, watch) => {
  const time = new VirtualTime({ realTimeout: Infinity });
  return time.run(() => {
    for (let i = 1; i < pending; i++) setTimeout(nothing, FAR + i);
    watch.start();
    return body(n, watch);
  });
};

async function sleeping(n, watch) {
  let steps = 0;
  for (; steps < n; steps++) await sleep(1);
  watch.stop();
  return steps;
}

function* sleepingGenerator(n, watch) {
  let steps = 0;
  for (; steps < n; steps++) yield* sleep(1);
  watch.stop();
  return steps;
}

async function captured(n, watch) {
  let steps = 0;
  for (; steps < n; steps++) await new Promise((resolve) => setTimeout(resolve, 1));
  watch.stop();
  return steps;
}

/** Sinon's fake timers, and with them jest's and vitest's. */
const onSinon = (pending, advance) => async (n, watch) => {
  const clock = FakeTimers.install({ loopLimit: Infinity });
  try {
    for (let i = 1; i < pending; i++) setTimeout(nothing, FAR + i);
    let steps = 0;
    const step = () => {
      if (++steps < n) setTimeout(step, 1);
    };
    watch.start();
    setTimeout(step, 1);
    await advance(clock, n);
    watch.stop();
    return steps;
  } finally {
    clock.uninstall();
  }
};

function pendingCase(pending, n, bar) {
  return {
    id: `W9 ${pending.toLocaleString("en")} pending`,
    unit: "step",
    n,
    contestants: [
      floor("rxjs TestScheduler.run, synchronous", onTestScheduler(pending, byTimer)),
      hand("a turn of the loop, with nothing to do", hops),
      ours("async task, sleep(1)", "await", inVirtualTime(pending, sleeping), { bar }),
      ours("generator task, sleep(1)", "generator", inVirtualTime(pending, sleepingGenerator), { bar }),
      ours("captured setTimeout", "await", inVirtualTime(pending, captured), { bar }),
      peer(
        "sinon tickAsync, once for all",
        onSinon(pending, (clock, count) => clock.tickAsync(count)),
      ),
      peer(
        "sinon tickAsync, for each step",
        onSinon(pending, async (clock, count) => {
          for (let i = 0; i < count; i++) await clock.tickAsync(1);
        }),
      ),
      peer(
        "sinon nextAsync",
        onSinon(pending, async (clock, count) => {
          for (let i = 0; i < count; i++) await clock.nextAsync();
        }),
      ),
    ],
  };
}

/** A step of virtual time. */
export const w9 = {
  id: "W9",
  title: "one step of virtual time",
  cases: [pendingCase(1, 20_000, 1), pendingCase(100, 10_000), pendingCase(2_000, 2_000, 0.1)],
};
