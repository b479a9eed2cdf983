/**
 * Sequencers: code of several tasks, in one order.
 *
 * @module
 */

import { BrokenResourceError, type Cancelled, isCancelled, UsageError } from "../base/errors.ts";
import { perform } from "../kernel/body.ts";
import { checkedBody, shown } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import { type Ended, operation, Work } from "../kernel/work.ts";
import { Lease } from "../sync/lease.ts";

/** Options of a sequencer. */
export interface SequencerOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/**
 * Forces what several tasks do into one order, in a test: the block at position 0 begins at once, and the one at `n` when that at `n - 1` has ended. Each
 * position is used once.
 *
 * `using _ = await seq(n)`, or `yield* seq(n)`, waits for the turn, which ends with the enclosing block. `seq(n, body)` runs a body of any style as the block.
 *
 * *Checkpoint*: yes, also at position 0. *On cancel*: who waits for a turn and is cancelled leaves a hole that nobody can fill. So the sequence is broken:
 * all others that wait, or come later, get a `BrokenResourceError`.
 *
 * @throws {TypeError} When a position is no number, or `body` is no function.
 * @throws {RangeError} When it is no integer from 0.
 * @throws {UsageError} When it was used before.
 * @throws {BrokenResourceError} When the sequence is broken.
 * @example
 * import { run, taskGroup } from "anyrx";
 * import { Sequencer } from "anyrx/testing";
 * const seq = new Sequencer();
 * const log: number[] = [];
 * await run(() => taskGroup((tg) => {
 *   tg.startSoon(async () => {
 *     { using _ = await seq(1); log.push(1); }
 *     { using _ = await seq(3); log.push(3); }
 *   });
 *   tg.startSoon(function* () {
 *     yield* seq(0, () => log.push(0));
 *     yield* seq(2, () => log.push(2));
 *   });
 * }));
 * log; // => [0, 1, 2, 3]
 * @source Trio `Sequencer`. Differs: who was cancelled gets its `Cancelled`.
 */
export interface Sequencer {
  /** Waits for the turn of `position`; disposing of the lease ends it. */
  (position: number): Operation<Lease>;
  /** Waits for the turn of `position`, and ends it when `body` has ended. Gives the value of the body. */
  <R>(position: number, body: () => R): Operation<Ended<R>>;
}

/** Makes sequencers: see {@link Sequencer}, the type. */
export const Sequencer: new (options?: SequencerOptions) => Sequencer = function (options?: SequencerOptions) {
  const order = new Order(options?.name ?? "");
  return function seq(position: number, ...rest: [body?: () => unknown]): Operation<unknown> {
    checkPosition(position, order);
    if (rest.length === 0) return new Turn(order, position);
    return during(order, position, checkedBody(`run a body as ${order.block(position)}`, rest[0] as () => unknown));
  };
} as never;

const during = /* @__PURE__ */ operation(function* (order: Order, position: number, body: () => unknown) {
  const lease = yield* new Turn(order, position);
  try {
    return yield* operation(body)();
  } finally {
    lease[Symbol.dispose]();
  }
});

/** What the turns of one sequencer share. */
class Order {
  /** The position whose block has begun last, or begins when it comes. */
  next = 0;
  readonly waiting: Map<number, Waiter> = new Map<number, Waiter>();
  private readonly name: string;
  private readonly used = new Set<number>();
  private broken: { readonly position: number; readonly by: Cancelled } | null = null;

  constructor(name: string) {
    this.name = name;
  }

  get title(): string {
    return this.name === "" ? "the sequencer" : `the sequencer "${this.name}"`;
  }

  block(position: number): string {
    return `block ${String(position)} of ${this.title}`;
  }

  claim(position: number): void {
    if (this.used.has(position)) {
      throw new UsageError(
        `Cannot begin ${this.block(position)}: that position was used before; use each once, or make a new sequencer`,
      );
    }
    if (this.broken !== null) throw this.refusal(position);
    this.used.add(position);
  }

  /** The block at `position` has ended. */
  end(position: number): void {
    if (position !== this.next) return;
    this.next++;
    const waiter = this.waiting.get(this.next);
    this.waiting.delete(this.next);
    waiter?._settle(undefined);
  }

  /** Nobody will end the block at `position`. */
  break(position: number, by: Cancelled): void {
    this.broken ??= { position, by };
    for (const [waiting, waiter] of [...this.waiting]) {
      this.waiting.delete(waiting);
      waiter._fail(this.refusal(waiting));
    }
  }

  private refusal(position: number): BrokenResourceError {
    const hole = this.broken as NonNullable<typeof this.broken>;
    const state = `who waited for position ${String(hole.position)} was cancelled, and nobody can take its place`;
    return new BrokenResourceError("begin", this.block(position), state, { cause: hole.by });
  }
}

/** The wait for a turn. Work, not a mere wait: it must hear also of a cancellation that came before it. */
class Turn extends Work<Lease> {
  readonly order: Order;
  readonly position: number;

  constructor(order: Order, position: number) {
    super();
    this.order = order;
    this.position = position;
  }

  describe(): string {
    return this.order.block(this.position);
  }

  _begin(place: Scope, end: Continuation): void {
    perform(place, steps, { turn: this, place }, end);
  }

  override _withdraw(_waiter: Waiter, place: unknown): void {
    (place as Scope)._cancelFor(UNSUBSCRIBED, "unsubscribe");
  }

  override _undo(lease: Lease): void {
    lease[Symbol.dispose]();
  }
}

/** Why the place of a turn is cancelled whose subscriber has gone: nobody is left to end the block. */
const UNSUBSCRIBED = "its subscriber unsubscribed from the sequencer";

function* steps({ turn, place }: { readonly turn: Turn; readonly place: Scope }): OperationGenerator<Lease> {
  const { order, position } = turn;
  order.claim(position);
  try {
    yield* new Reached(order, position);
  } catch (error) {
    if (isCancelled(error)) order.break(position, error);
    throw error;
  }
  if (place.cancelReason === UNSUBSCRIBED) order.end(position);
  return new TurnLease(order, position);
}

class Reached extends Operation<void> {
  private readonly order: Order;
  private readonly position: number;

  constructor(order: Order, position: number) {
    super();
    this.order = order;
    this.position = position;
  }

  describe(): string {
    const { order, position } = this;
    return `the turn of ${order.block(position)} (block ${String(order.next)} has not ended)`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.order.next === this.position ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.order.waiting.set(this.position, waiter);
  }

  override _withdraw(): void {
    this.order.waiting.delete(this.position);
  }
}

class TurnLease extends Lease {
  private readonly order: Order;
  private readonly position: number;

  constructor(order: Order, position: number) {
    super();
    this.order = order;
    this.position = position;
  }

  [Symbol.dispose](): void {
    this.order.end(this.position);
  }
}

function checkPosition(position: number, order: Order): void {
  if (typeof position !== "number") {
    throw new TypeError(
      `Cannot wait for ${order.title} at ${shown(position)}: it is no number; pass an integer from 0`,
    );
  }
  if (!Number.isSafeInteger(position) || position < 0) {
    throw new RangeError(
      `Cannot wait for ${order.title} at position ${String(position)}: it is no place in a sequence; pass an integer from 0`,
    );
  }
}
