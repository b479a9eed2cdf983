/**
 * Events: something that happens once, and that any number of tasks wait for.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import { moveIn } from "../kernel/resident.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import { Shown } from "./shown.ts";
import { line, title } from "./title.ts";

/** Options of an event. */
export interface EventOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/** What an event looks like from outside, at one moment. */
export interface EventStatistics {
  /** Tasks blocked in `wait`. */
  readonly tasksWaiting: number;
}

/**
 * A flag that goes up once, and tasks that wait for that. It never goes down: for something that happens again, make a new one each time, or use a
 * {@link Condition}.
 *
 * Waiting is an operation, and so an Observable as well: `source$.pipe(takeUntil(event.wait()))`.
 *
 * @example
 * import { Event, run, taskGroup } from "anyrx";
 * const ready = new Event();
 * await run(() => taskGroup(async (tg) => {
 *   const waiting = tg.startSoon(async () => { await ready.wait(); return "go"; });
 *   ready.set();
 *   return await waiting;
 * })); // => "go"
 * @source AnyIO, Trio `Event`.
 */
export class Event extends Shown {
  /** What it is called in messages. */
  readonly name: string;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();
  private happened = false;

  constructor(options?: EventOptions) {
    super();
    this.name = options?.name ?? "";
    if (!settled) settleResidents();
  }

  /** Wakes whoever waits, in the order in which they came; from now on `wait()` goes on at once. A second call changes nothing. */
  set(): void {
    this.happened = true;
    for (let waiter = this._waiters.shift(); waiter !== null; waiter = this._waiters.shift()) waiter._settle(undefined);
  }

  /** Whether {@link Event.set} was called. */
  isSet(): boolean {
    return this.happened;
  }

  /**
   * Waits until the event is set. *Checkpoint*: yes, also when it is set already. *On cancel*: only the wait ends.
   *
   * @example
   * import { Subject, takeUntil } from "rxjs";
   * import { checkpoint, Event } from "anyrx";
   * const ticks = new Subject<number>();
   * const stop = new Event();
   * const seen: number[] = [];
   * ticks.pipe(takeUntil(stop.wait())).subscribe((n) => seen.push(n));
   * ticks.next(1);
   * stop.set();
   * await checkpoint(); // Whoever waited goes on.
   * ticks.next(2);
   * seen; // => [1]
   */
  wait(): Operation<void> {
    return new Wait(this);
  }

  /** The event's figures at this moment. */
  statistics(): EventStatistics {
    return Object.freeze({ tasksWaiting: this._waiters.length });
  }

  /** `Event "ready" (not set, 2 waiting)`. */
  override toString(): string {
    return line("Event", this.name, this.happened ? "set" : `not set, ${String(this._waiters.length)} waiting`);
  }
}

class Wait extends Operation<void> {
  private readonly event: Event;

  constructor(event: Event) {
    super();
    this.event = event;
  }

  describe(): string {
    return title("event", this.event.name);
  }

  override _attempt(): undefined | typeof PENDING {
    return this.event.isSet() ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.event._waiters.push(waiter);
  }
}

let settled = false;

/** One wait stays for ever: see `kernel/resident.ts`. */
function settleResidents(): void {
  settled = true;
  const event = new Event({ name: "resident" });
  moveIn(function* () {
    yield* event.wait();
  });
}
