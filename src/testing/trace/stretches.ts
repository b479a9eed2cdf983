/**
 * Stretches: what a lane does from when to when.
 *
 * @module
 */

import type { Lane, Stretch, Wait } from "./picture.ts";
import { kindOfWait, type WaitKind } from "./wait-kind.ts";

/** How many of the waits at one time are named: a task may have thousands. */
const NAMED = 4;

/** The time of `lane` from its start to its end, cut where what it waits for changes. None of them is empty. */
export function stretchesOf(lane: Lane): Stretch[] {
  const stretches: Stretch[] = [];
  if (lane.started === null || lane.task === 0) return stretches;
  const ends = lane.waits.flatMap((wait) => [
    { place: wait.begins, time: wait.from, wait, begins: true },
    { place: wait.ends, time: wait.to, wait, begins: false },
  ]);
  ends.sort((a, b) => a.place - b.place);
  const open = new OpenWaits();
  let from = lane.started;
  for (const { place, time, wait, begins } of ends) {
    if (place > lane.ends) break; // Left behind: it goes on without its task.
    if (time > from) stretches.push({ from, to: time, ...open.told() });
    from = Math.max(from, time);
    if (begins) open.add(wait);
    else open.remove(wait);
  }
  if (lane.to > from) stretches.push({ from, to: lane.to, ...open.told() });
  return stretches;
}

/** What a task waits for at one time. */
class OpenWaits {
  private readonly joins = new Set<Wait>();
  private readonly others = new Set<Wait>();
  private readonly kinds = new Map<WaitKind, number>();

  add(wait: Wait): void {
    (wait.joins ? this.joins : this.others).add(wait);
    if (!wait.joins) this.count(wait, 1);
  }

  remove(wait: Wait): void {
    this.joins.delete(wait);
    if (this.others.delete(wait)) this.count(wait, -1);
  }

  told(): Pick<Stretch, "kind" | "waits" | "more"> {
    const all = this.others.size > 0 ? this.others : this.joins;
    const waits: Wait[] = [];
    for (const wait of all) {
      if (waits.length === NAMED) break;
      waits.push(wait);
    }
    const [kind = "other"] = this.kinds.size === 1 ? this.kinds.keys() : [];
    return {
      ...{ waits, more: all.size - waits.length },
      kind: this.others.size > 0 ? kind : this.joins.size > 0 ? "joins" : "runs",
    };
  }

  private count({ on }: Wait, change: 1 | -1): void {
    const kind = kindOfWait(on);
    const count = (this.kinds.get(kind) ?? 0) + change;
    if (count === 0) this.kinds.delete(kind);
    else this.kinds.set(kind, count);
  }
}
