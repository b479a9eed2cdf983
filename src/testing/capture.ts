/**
 * Capture: the clock and the timers of the host, led by a virtual clock.
 *
 * Whatever asks the globals when it is called is captured with them: RxJS's own operators, other libraries, the code under test. Not captured is
 * code that took a function from the globals before, real input and output, and messages between ports.
 *
 * A callback goes on in the async context in which it was handed over, as on the host. It is called in a reaction of a promise for that: nothing
 * else keeps every context that somebody may have made.
 *
 * @module
 */

import type { Job } from "../port/backend.ts";
import { bound } from "../kernel/binding.ts";
import { type Clock, HOT, TIMER } from "./clock.ts";
import { timersAreObjects } from "./originals.ts";
import { type Delayed, promisesOf } from "./timer-promises.ts";

type Callback = (...args: unknown[]) => void;

/** How long a frame of an animation takes, in ms. */
const FRAME = 16;
/** Where the numbers of captured timers begin: far above those of the host. */
const FIRST_ID = 2 ** 40;

let lastId = FIRST_ID;

/** Delays as the host takes them: what is no number, or negative, is 0. Without the host's upper limit, beyond which it would be 1. */
function delayOf(delay: unknown): number {
  const number = Number(delay);
  return number > 0 ? number : 0;
}

/** A timer that was captured. Where the host's timers are objects, it is what the caller gets. */
class Captured implements Job {
  private readonly owner: Capture;
  private readonly callback: Callback;
  private readonly args: unknown[];
  private readonly delay: number;
  private readonly rank: number;
  private readonly repeats: boolean;
  private number = 0;
  private order = -1;
  private armed: Disposable | null = null;
  private due: () => void = nothing;
  private referenced = true;

  constructor(owner: Capture, callback: unknown, delay: number, args: unknown[], rank: number, repeats: boolean) {
    if (typeof callback !== "function") {
      throw new TypeError(`Cannot set a timer: its callback is no function (${typeof callback}); pass a function`);
    }
    this.owner = owner;
    this.callback = callback as Callback;
    this.delay = delay;
    this.args = args;
    this.rank = rank;
    this.repeats = repeats;
    this.arm();
  }

  /** Its number, for hosts and for code that want one. */
  get id(): number {
    if (this.number === 0) this.owner.numbered.set((this.number = ++lastId), this);
    return this.number;
  }

  /** Its time has come: the callback is called in a microtask, in the context that it was handed over in. */
  run(): void {
    this.due();
  }

  /** Sets it, once more. */
  refresh(): this {
    this.armed?.[Symbol.dispose]();
    this.arm();
    return this;
  }

  close(): this {
    if (this.number !== 0) this.owner.numbered.delete(this.number);
    this.armed?.[Symbol.dispose]();
    this.armed = null;
    return this;
  }

  ref(): this {
    this.referenced = true;
    return this;
  }

  unref(): this {
    this.referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.referenced;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private arm(): void {
    if (this.delay === Infinity) return; // It never comes.
    const { clock } = this.owner;
    void new Promise<void>((resolve) => {
      this.due = resolve;
    }).then(() => {
      this.call();
    });
    // An interval keeps its place among what is due at the same time.
    if (!this.repeats || this.order < 0) this.order = clock.nextOrder();
    this.armed = clock.at(clock.now() + this.delay, this.rank, this, this.order);
  }

  private call(): void {
    const { armed } = this;
    // Cleared between its time and this reaction; or left over from a run that has ended.
    if (armed === null || this.owner.over) return;
    if (!this.repeats) this.close();
    try {
      Reflect.apply(this.callback, this, this.args);
    } catch (error) {
      this.owner.fail(error);
    }
    // Not when the callback has cleared it, or set it again.
    if (this.repeats && this.armed === armed) this.arm();
  }
}

function nothing(): void {
  // Not set yet.
}

/** What of the host is replaced. */
interface Patch {
  readonly target: object;
  readonly key: PropertyKey;
  readonly was: PropertyDescriptor | undefined;
  /** What is there instead. */
  readonly led: object;
}

/** The globals of a realm, led by `clock` until {@link Capture.restore}. */
export class Capture {
  readonly clock: Clock;
  /** Those timers that are known by a number. */
  readonly numbered: Map<number, Captured> = new Map<number, Captured>();
  /** Whether the globals are the host's again. */
  over = false;
  private readonly epoch: number;
  private readonly patches: Patch[] = [];
  private readonly restored: (() => void)[] = [];
  private readonly onError: (error: unknown) => void;

  /** @param fail - Told of what a callback throws, and of rejections that nobody handles. */
  constructor(clock: Clock, epoch: number, fail: (error: unknown) => void) {
    this.clock = clock;
    this.epoch = epoch;
    this.onError = fail;
    try {
      this.captureTimers();
      this.captureTime();
      this.captureSignals();
      this.captureRejections();
    } catch (error) {
      this.restore();
      throw error;
    }
  }

  /** What the host's callbacks would have thrown to the host. */
  fail(error: unknown): void {
    this.onError(error);
  }

  /** Puts back what was there before. */
  restore(): void {
    this.over = true;
    for (let patch = this.patches.pop(); patch !== undefined; patch = this.patches.pop()) {
      // Somebody else has put another one there meanwhile, and will put ours back.
      if (Reflect.get(patch.target, patch.key) !== patch.led) continue;
      if (patch.was === undefined) Reflect.deleteProperty(patch.target, patch.key);
      else Object.defineProperty(patch.target, patch.key, patch.was);
    }
    for (const restore of this.restored.splice(0)) restore();
  }

  /** Puts `value` in the place of what is there; a function of it calls the original once this is over, for whoever has kept it. */
  private replace(target: object, key: PropertyKey, value: object): void {
    const was = Object.getOwnPropertyDescriptor(target, key);
    const original: unknown = Reflect.get(target, key);
    let led = value;
    if (typeof value === "function" && typeof original === "function" && key !== "Date") {
      led = (...args: unknown[]): unknown =>
        this.over ? (Reflect.apply(original, target, args) as unknown) : (value as Callback)(...args);
      const promisified: unknown = Reflect.get(value, PROMISIFIED);
      if (promisified !== undefined) Object.defineProperty(led, PROMISIFIED, { value: promisified });
    }
    this.patches.push({ target, key, was, led });
    Object.defineProperty(target, key, { value: led, writable: true, configurable: true, enumerable: true });
  }

  private captureTimers(): void {
    const host = globalThis as unknown as Record<string, unknown>;
    const handle = (timer: Captured): Captured | number => (timersAreObjects ? timer : timer.id);
    const set = (repeats: boolean) => {
      return (callback: unknown, delay?: unknown, ...args: unknown[]) =>
        handle(new Captured(this, callback, delayOf(delay), args, TIMER, repeats));
    };
    const immediate = (callback: unknown, ...args: unknown[]): unknown =>
      handle(new Captured(this, callback, 0, args, HOT, false));
    const clear = (original: unknown) => {
      return (handle: unknown): void => {
        const timer = handle instanceof Captured ? handle : this.numbered.get(Number(handle));
        if (timer !== undefined) timer.close();
        else if (!(typeof handle === "number" && handle > FIRST_ID)) (original as (handle: unknown) => void)(handle);
      };
    };
    const promises = promisesOf(
      (delay, job) => new Captured(this, job, delayOf(delay), [], delay === null ? HOT : TIMER, false),
    );
    const timers: Record<string, object> = {
      setTimeout: Object.defineProperty(set(false), PROMISIFIED, { value: promises.setTimeout }),
      setInterval: set(true),
      clearTimeout: clear(host["clearTimeout"]),
      clearInterval: clear(host["clearInterval"]),
    };
    if ("setImmediate" in host) {
      timers["setImmediate"] = Object.defineProperty(immediate, PROMISIFIED, { value: promises.setImmediate });
      timers["clearImmediate"] = clear(host["clearImmediate"]);
    }
    for (const name of Object.keys(timers)) this.replace(host, name, timers[name] as object);
    if (bound.host.name === "node") this.captureModules(timers, promises);
    if ("requestAnimationFrame" in host) {
      this.replace(host, "requestAnimationFrame", (callback: (time: number) => void) => {
        const next = (Math.floor(this.clock.now() / FRAME) + 1) * FRAME;
        return new Captured(
          this,
          () => {
            callback(this.clock.now());
          },
          next - this.clock.now(),
          [],
          TIMER,
          false,
        ).id;
      });
      this.replace(host, "cancelAnimationFrame", clear(host["cancelAnimationFrame"]));
    }
  }

  /** What is imported from Node's modules of timers. Other hosts do not let themselves be told that an export was replaced. */
  private captureModules(timers: Record<string, object>, promises: Delayed): void {
    const [all, promised] = [process.getBuiltinModule("node:timers"), process.getBuiltinModule("node:timers/promises")];
    const module = process.getBuiltinModule("node:module");
    for (const name of Object.keys(timers)) this.replace(all, name, timers[name] as object);
    for (const name of ["setTimeout", "setInterval", "setImmediate"] as const)
      this.replace(promised, name, promises[name]);
    this.replace(promised.scheduler, "wait", promises.wait);
    this.replace(promised.scheduler, "yield", promises.yield);
    // It reads every export of every built-in module, those that are deprecated among them.
    const sync = (): void => {
      const { noDeprecation = false } = process;
      if (!noDeprecation) process.noDeprecation = true; // Read-only, where the host was started with it.
      module.syncBuiltinESMExports();
      if (!noDeprecation) process.noDeprecation = false;
    };
    sync();
    this.restored.push(sync);
  }

  private captureTime(): void {
    const { clock, epoch } = this;
    const real = Date.now;
    const now = (): number => (this.over ? real() : epoch + clock.now());
    this.replace(
      globalThis,
      "Date",
      new Proxy(Date, {
        construct: (date, args, newTarget) =>
          Reflect.construct(date, args.length === 0 ? [now()] : args, newTarget) as Date,
        apply: (date) => new date(now()).toString(),
        get: (date, key, receiver) =>
          key === "now" ? () => Math.floor(now()) : (Reflect.get(date, key, receiver) as unknown),
      }),
    );
    this.replace(performance, "now", () => clock.now());
  }

  private captureSignals(): void {
    this.replace(AbortSignal, "timeout", (delay: number) => {
      const controller = new AbortController();
      const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
      const timer = new Captured(
        this,
        () => {
          controller.abort(reason);
        },
        delayOf(delay),
        [],
        TIMER,
        false,
      );
      timer.unref();
      return controller.signal;
    });
  }

  /** A rejection that nobody handles is told while the test runs, at the virtual instant at which it happens, and to nobody else. */
  private captureRejections(): void {
    const { process, addEventListener } = globalThis as { process?: NodeJS.Process; addEventListener?: unknown };
    if (typeof process?.on === "function" && typeof process.rawListeners === "function") {
      const before = process.rawListeners("unhandledRejection") as ((...args: unknown[]) => void)[];
      const listen = (error: unknown): void => {
        this.fail(error);
      };
      process.removeAllListeners("unhandledRejection");
      process.on("unhandledRejection", listen);
      this.restored.push(() => {
        process.off("unhandledRejection", listen);
        for (const listener of before) process.on("unhandledRejection", listener);
      });
    } else if (typeof addEventListener === "function") {
      const listen = (event: PromiseRejectionEvent): void => {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.fail(event.reason);
      };
      globalThis.addEventListener("unhandledrejection", listen, { capture: true });
      this.restored.push(() => {
        globalThis.removeEventListener("unhandledrejection", listen, { capture: true });
      });
    }
  }
}

/** Where Node's `util.promisify` looks. */
const PROMISIFIED = Symbol.for("nodejs.util.promisify.custom");
