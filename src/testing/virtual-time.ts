/**
 * Virtual time, for tests without marbles.
 *
 * One noun, the lead over a clock and the host's timers; long for its docs, and for the ways in which a run under it may end.
 *
 * @module
 */

import { isCancelled, UsageError } from "../base/errors.ts";
import { bound } from "../kernel/binding.ts";
import { checkedBody, shown } from "../kernel/checks.ts";
import { type ContextMode, Engine } from "../kernel/engine.ts";
import { plainScope } from "../kernel/here.ts";
import { Operation } from "../kernel/operation.ts";
import { runOn } from "../kernel/root.ts";
import type { Waiter } from "../kernel/waiter.ts";
import { type Ended, operation } from "../kernel/work.ts";
import type { Backend } from "../port/backend.ts";
import type { Host, HostAbortSignal } from "../port/host.ts";
import { Capture } from "./capture.ts";
import { Clock, type ClockOptions } from "./clock.ts";
import { RealTimeoutError } from "./errors.ts";
import { originalOf, realTimer } from "./originals.ts";
import { isTaken, takeRealm } from "./realm-lock.ts";

/** How long a run may take, in real ms: less than the 5 s that most test frameworks allow, who could only say that it hangs. */
const REAL_TIMEOUT = 4_000;
/** How long, in real ms, a run that was ended may clean up before it is given up. */
const LAST_WORDS = 100;

/** Options of {@link VirtualTime}. */
export interface VirtualTimeOptions extends ClockOptions {
  /** Whether timers, `Date`, `performance.now` and `AbortSignal.timeout` of the host follow the virtual clock during a run. Default `"globals"`. */
  readonly capture?: "globals" | "none" | undefined;
  /** What `Date.now()` reads at the virtual time 0, in ms or as a `Date`. Default 0. */
  readonly epoch?: number | Date | undefined;
  /** How long a run may take, in real ms; 0 to `Infinity`. Default 4,000. */
  readonly realTimeout?: number | undefined;
  /** Whether time passes by itself when nothing is left to do. When `false`, it passes only as far as {@link VirtualTime.advance} says. Default `true`. */
  readonly autoAdvance?: boolean | undefined;
  /** How long, in real ms, a standstill must last to be called a deadlock. Default 20. */
  readonly deadlockGrace?: number | undefined;
  /** How far time may go, in ms. Default `Infinity`. */
  readonly maxTime?: number | undefined;
  /** How many timers may be set at one instant that are due at once. Default 10,000. */
  readonly maxStepsPerInstant?: number | undefined;
}

/** Options of {@link VirtualTime.run}. */
export interface VirtualRunOptions {
  /** Cancels the run when it is aborted. */
  readonly signal?: HostAbortSignal | undefined;
  /** How the scope is kept across `await`. Default: as {@link run} does. */
  readonly context?: ContextMode | undefined;
  /** Shuffles the order in which tasks begin that were spawned together. */
  readonly seed?: number | undefined;
}

/** Waits until nothing is left to do before the clock passes a time. */
class Idle extends Operation<void> {
  private readonly clock: Clock;
  private readonly until: number;
  private readonly passes: boolean;

  constructor(clock: Clock, until: number, passes: boolean) {
    super();
    this.clock = clock;
    this.until = until;
    this.passes = passes;
  }

  describe(): string {
    return `the virtual time t=${String(this.until)}`;
  }

  _park(waiter: Waiter): void {
    const { clock, until, passes } = this;
    waiter._value = clock.watch({
      until,
      quiet: () => {
        if (passes) clock.pass(until);
        waiter._settle(undefined);
      },
    });
  }

  override _withdraw(_waiter: Waiter, forget: unknown): void {
    (forget as () => void)();
  }
}

/**
 * A virtual clock with a program on it: hours pass in milliseconds, and in the same way each time.
 *
 * Between any two events it lets every promise reaction run that is due, however long the chain. When nothing is left to do at an instant, time
 * jumps to the next one. Timers and dates of the host follow it during a run, so code that knows nothing of this library is tested with it, too;
 * since there is one set of globals, runs of several clocks then follow one another.
 *
 * Real work takes no virtual time, and loses to any virtual timeout: wrap it in {@link VirtualTime.real}.
 *
 * @example
 * import { sleep } from "anyrx";
 * import { VirtualTime } from "anyrx/testing";
 * const time = new VirtualTime();
 * await time.run(async () => {
 *   await sleep(60_000);
 *   await new Promise((resolve) => setTimeout(resolve, 1_000));
 *   return Date.now();
 * }); // => 61000
 * @source Trio `MockClock`, Kotlin `runTest`, sinon's fake timers.
 */
export class VirtualTime {
  /** @internal */
  readonly _clock: Clock;
  private readonly options: VirtualTimeOptions;
  private readonly byHand: boolean;
  private captured: Capture | null = null;

  /**
   * @throws {RangeError} When an option is out of its range.
   */
  constructor(options: VirtualTimeOptions = {}) {
    const {
      capture = "globals",
      autoAdvance = true,
      realTimeout,
      deadlockGrace,
      maxTime,
      maxStepsPerInstant,
    } = options;
    if (capture !== "globals" && (capture as string) !== "none") {
      throw new TypeError(
        `Cannot make a virtual time with the capture ${shown(capture)}: there is no such; use "globals" or "none"`,
      );
    }
    for (const [name, value] of Object.entries({ realTimeout, deadlockGrace, maxTime, maxStepsPerInstant })) {
      if (value === undefined || value >= 0) continue;
      throw new RangeError(
        `Cannot make a virtual time with ${name} ${shown(value)}: it is no limit; pass 0 to Infinity`,
      );
    }
    this.options = options;
    this._clock = this.makeClock(originalOf(bound.host), options);
    this.byHand = !autoAdvance;
    if (this.byHand) this._clock.limit = 0;
  }

  /** @internal */
  protected makeClock(host: Host, options: VirtualTimeOptions): Clock {
    return new Clock(host, options);
  }

  /** @internal */
  protected makeEngine(mode: ContextMode, seed: number | undefined): Engine {
    return new Engine(this._clock, bound.host.store, mode, seed);
  }

  /** What the clock reads, in ms from 0. */
  get now(): number {
    return this._clock.now();
  }

  /** The engine, for {@link run}: it runs on this clock, and captures nothing. */
  get backend(): Backend {
    return this._clock;
  }

  /**
   * Runs `main` in virtual time, until it and everything it left behind have ended. While it runs, the globals of the host follow the clock, unless
   * the option `capture` says otherwise; they are put back whatever happens.
   *
   * @param main - A function of any style.
   * @returns A native promise of its value. It is rejected with what `main` threw, or with what a timer threw, or a promise that nobody handled, at
   * the instant at which it did.
   * @throws {DeadlockError} When it would wait for ever.
   * @throws {LivelockError} When it goes on for ever at one instant, or past `maxTime`.
   * @throws {RealTimeoutError} When it takes longer than `realTimeout` in real time.
   * @throws {UsageError} Inside of another run that has captured the globals.
   */
  run<R>(main: () => R, options: VirtualRunOptions = {}): Promise<Ended<R>> {
    checkedBody("run a test in virtual time", main);
    const { survives } = bound.host.store;
    const { context = survives ? "store" : "handoff", seed, signal } = options;
    if (seed !== undefined && !Number.isInteger(seed)) {
      throw new TypeError(`Cannot run a test with the seed ${shown(seed)}: it is no integer; pass one, or none`);
    }
    const begin = (): Promise<unknown> => this.timed(() => runOn(this.makeEngine(context, seed), main, signal));
    if (this.options.capture === "none" || this.captured !== null) return begin() as Promise<Ended<R>>;
    const outer = plainScope()?._engine.backend;
    if (isTaken() && outer instanceof Clock) return Promise.reject(this.nested());
    return new Promise((resolve, reject) => {
      takeRealm((giveBack) => {
        let restore: () => void;
        try {
          restore = this.install();
        } catch (error) {
          giveBack();
          reject(error);
          return;
        }
        const over = (): void => {
          restore();
          giveBack();
        };
        begin().then(
          (value) => {
            // A rejection that nobody handles is told a turn later.
            this.later(() => {
              over();
              if (this.late === null) resolve(value as Ended<R>);
              else reject(this.late);
            });
          },
          (error: unknown) => {
            this.later(() => {
              over();
              reject(error);
            });
          },
        );
      });
    });
  }

  /**
   * Has the globals follow this clock until the result is disposed, without a run: for code under test that is driven from outside by
   * {@link VirtualTime.advance}.
   *
   * @throws {UsageError} When another clock has captured them.
   */
  capture(): Disposable {
    if (isTaken()) throw this.nested();
    let over!: () => void;
    takeRealm((giveBack) => {
      const restore = this.install();
      over = () => {
        restore();
        giveBack();
      };
    });
    this._clock.led = true;
    if (!this.byHand) this._clock.limit = this._clock.now();
    return {
      [Symbol.dispose]: () => {
        const late = this._takeLate();
        this._clock.led = false;
        if (!this.byHand) this._clock.limit = Infinity;
        over();
        if (late !== null) bound.host.report(late); // Nobody let time pass after it.
      },
    };
  }

  /**
   * Lets `delay` ms pass: everything that is due until then happens, in order, and is waited for. The clock then reads that time.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends. Without a run it throws what a timer threw meanwhile, or a promise that nobody handled.
   *
   * @param delay - In ms, 0 to below `Infinity`.
   * @throws {RangeError} When `delay` is negative, infinite or `NaN`.
   */
  advance(delay: number): Operation<void> {
    if (!(delay >= 0 && delay < Infinity)) {
      throw new RangeError(`Cannot advance by ${shown(delay)} ms: it is no time that passes; pass 0 or more ms`);
    }
    return passing(this, () => this._clock.now() + delay);
  }

  /**
   * {@link VirtualTime.advance}, until the clock reads `time`.
   *
   * @param time - In ms on this clock.
   * @throws {RangeError} When `time` has passed, or is not finite.
   */
  advanceTo(time: number): Operation<void> {
    if (!(time >= this._clock.now() && time < Infinity)) {
      throw new RangeError(
        `Cannot advance to t=${shown(time)} ms: the clock reads ${String(this._clock.now())} ms; pass a time from then on`,
      );
    }
    return passing(this, () => time);
  }

  /**
   * Waits for real work, such as a request or a worker's answer, while the clock stands still.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends.
   *
   * @param work - Begins it.
   */
  real<T>(work: () => T | PromiseLike<T>): Operation<T> {
    checkedBody("wait for real work", work);
    return new Real(this._clock, work);
  }

  /** Has the clock stand still until the result is disposed, since `what` goes on in real time. */
  hold(what: string): Disposable {
    return this._clock.hold(what);
  }

  /** @internal Has `job` run at `time`; at one instant lower ranks first, see `clock.ts`. */
  _at(time: number, rank: number, job: () => void): Disposable {
    return this._clock.at(time, rank, {
      run: () => {
        try {
          job();
        } catch (error) {
          this._fail(error);
        }
      },
    });
  }

  /** @internal Waits until nothing is left to do, or until the clock would pass `until`. */
  _idle(until: number): Operation<void> {
    return new Idle(this._clock, until, false);
  }

  private late: Error | null = null;

  /** @internal An error that nobody else can receive: what goes on ends with it. A cancellation is none. */
  _fail(error: unknown): void {
    if (isCancelled(error)) return;
    const known =
      error instanceof Error
        ? error
        : new Error(`Something was thrown that is no error: ${shown(error)}`, { cause: error });
    this.late ??= known;
    this._clock.fail(known);
  }

  /** @internal What failed where nobody was told: outside of any run there is only who lets time pass. */
  _takeLate(): Error | null {
    const { late } = this;
    if (!this._clock.led) return null; // A run tells of it.
    this.late = null;
    return late;
  }

  private install(): () => void {
    const { host } = bound;
    const epoch = Number(this.options.epoch ?? 0);
    const fail = (error: unknown): void => {
      this._fail(error);
    };
    const capture = (this.captured = new Capture(this._clock, epoch, fail));
    this.late = null;
    bound.host = { ...originalOf(host), report: fail };
    return () => {
      bound.host = host;
      this.captured = null;
      capture.restore();
    };
  }

  /** Calls `then` when what the host tells late was told. */
  private later(then: () => void): void {
    bound.host.macrotask(then);
  }

  private timed(begin: () => Promise<unknown>): Promise<unknown> {
    const { realTimeout = REAL_TIMEOUT } = this.options;
    if (realTimeout === Infinity) return begin();
    let timer = realTimer(realTimeout, () => {
      const error = new RealTimeoutError(this.now, realTimeout, this._clock.held, this._clock.waits);
      const end = (): void => {
        this._clock.fail(error); // A second time, when it does not clean up.
        timer = realTimer(LAST_WORDS, end);
      };
      end();
    });
    return begin().finally(() => {
      timer.cancel();
    });
  }

  private nested(): UsageError {
    return new UsageError(
      'Cannot capture the globals here: another virtual clock has them; end that first, or use { capture: "none" }',
    );
  }
}

const passing: (time: VirtualTime, target: () => number) => Operation<void> = operation(function* (virtual, target) {
  const time = target();
  const clock = virtual._clock;
  if (clock.limit < time) clock.limit = time;
  yield* new Idle(clock, time, true);
  const late = virtual._takeLate();
  if (late !== null) throw late;
});

/** The wait for real work. */
class Real<T> extends Operation<T> {
  private readonly clock: Clock;
  private readonly work: () => T | PromiseLike<T>;

  constructor(clock: Clock, work: () => T | PromiseLike<T>) {
    super();
    this.clock = clock;
    this.work = work;
  }

  describe(): string {
    return this.work.name === "" ? "real work" : `the real work of ${this.work.name}()`;
  }

  _park(waiter: Waiter): void {
    const held = this.clock.hold(this.describe());
    let waiting = true;
    const over = (): boolean => {
      const was = waiting;
      waiting = false;
      held[Symbol.dispose]();
      return was;
    };
    waiter._value = over;
    let started: PromiseLike<T>;
    try {
      started = Promise.resolve(this.work());
    } catch (error) {
      over();
      throw error;
    }
    started.then(
      (value) => {
        if (over()) waiter._settle(value);
      },
      (error: unknown) => {
        if (over()) waiter._fail(error);
      },
    );
  }

  override _withdraw(_waiter: Waiter, over: unknown): void {
    (over as () => boolean)();
  }
}
