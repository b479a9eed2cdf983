/**
 * The ledger: which locks, semaphores, limiters, guards and streams a run has made, and what they still hold at its end.
 *
 * @module
 */

import { census } from "../../kernel/census.ts";
import { plainScope } from "../../kernel/here.ts";
import type { Backend } from "../../port/backend.ts";
import { Channel } from "../../stream/memory-channel.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import { Lock } from "../../sync/lock.ts";
import { ResourceGuard } from "../../sync/resource-guard.ts";
import { Semaphore } from "../../sync/semaphore.ts";

/** Something that a run left behind. */
export interface Leak {
  /** What: a task that does not end, a permit that nobody gives back, items that nobody takes. */
  readonly kind: "task" | "permit" | "item";
  /** In words. */
  readonly what: string;
}

/** Those that are open. Searches that capture nothing may go on at the same time. */
const open = new Set<Ledger>();

/** What was made on one clock while it was open. */
export class Ledger implements Disposable {
  /** What was made, and how many permits it had then. */
  private readonly made: { readonly thing: object; readonly permits: number }[] = [];
  private readonly clock: Backend;

  constructor(clock: Backend) {
    settle();
    this.clock = clock;
    open.add(this);
    census.on = tell;
  }

  [Symbol.dispose](): void {
    open.delete(this);
    if (open.size === 0) census.on = null;
  }

  /** @internal Somebody made `thing`. Code of the host's own, such as a timer, is nobody's in particular. */
  _tell(thing: object): void {
    const maker = plainScope();
    if (maker !== null && maker._engine.backend !== this.clock) return;
    this.made.push({ thing, permits: thing instanceof Semaphore ? thing.value : 0 });
  }

  /** What they hold now. */
  leaks(): Leak[] {
    return this.made.flatMap(({ thing, permits }): Leak[] => {
      const what = heldBy(thing, permits);
      return what === null ? [] : [{ kind: thing instanceof Channel ? "item" : "permit", what }];
    });
  }
}

function tell(thing: object): void {
  for (const ledger of open) ledger._tell(thing);
}

function heldBy(thing: object, permits: number): string | null {
  if (thing instanceof Lock) return thing.locked() ? `${thing._title} is ${thing._state}` : null;
  if (thing instanceof Semaphore) {
    const missing = permits - thing.value;
    return missing > 0
      ? `${thing._title} lacks ${count(missing, "permit")} of the ${String(permits)} that it began with`
      : null;
  }
  if (thing instanceof CapacityLimiter)
    return thing.borrowedTokens > 0 ? `${thing._title} has lent ${count(thing.borrowedTokens, "token")}` : null;
  if (thing instanceof ResourceGuard) return thing._lease === null ? null : `${String(thing)} was entered and not left`;
  if (thing instanceof Channel) {
    const { currentBufferUsed: items, openReceiveStreams: open } = thing.statistics();
    return items > 0 && open > 0
      ? `${thing.title} holds ${count(items, "item")} that nobody received, and ${count(open, "receive end")} that nobody closed`
      : null;
  }
  return null;
}

/** `1 permit`, `2 permits`. */
function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? "" : "s"}`;
}

let settled = false;

/** The first of each kind makes residents (see `kernel/resident.ts`): those are no run's. */
function settle(): void {
  if (settled) return;
  settled = true;
  const [send, receive] = createMemoryObjectStream<never>();
  for (const end of [send, receive]) end.close();
  new Lock({ name: "settles the residents" });
  new Semaphore(0);
}
