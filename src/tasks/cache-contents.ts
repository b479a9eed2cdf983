/**
 * The contents of a cache: the values it keeps, and the executions that are on their way to one.
 *
 * @module
 */

import type { Engine } from "../kernel/engine.ts";
import { ArgumentMap } from "./argument-map.ts";
import type { SharedCall } from "./shared-call.ts";

/** A value in the cache. */
interface Kept<T> {
  readonly key: readonly unknown[];
  readonly value: T;
  /** When it is too old, and on whose clock; `null` for never. */
  readonly end: { readonly engine: Engine; readonly time: number } | null;
}

/** What of a cache can be cleared. */
export class CacheContents<T> {
  hits = 0;
  misses = 0;
  private readonly maxSize: number;
  private readonly ttl: number;
  private readonly values = new ArgumentMap<Kept<T>>();
  /** The same values, the least recently used first. */
  private readonly recent = new Set<Kept<T>>();
  private readonly calls = new WeakMap<Engine, ArgumentMap<SharedCall<T>>>();

  constructor(maxSize: number, ttl: number) {
    this.maxSize = maxSize;
    this.ttl = ttl;
  }

  /** How many values there are. */
  get size(): number {
    return this.recent.size;
  }

  /** The value for `key`, for a run on `engine`; boxed, since it can be anything. */
  recall(key: readonly unknown[], engine: Engine): { readonly value: T } | null {
    const kept = this.values.get(key);
    if (kept === undefined) return null;
    const { end } = kept;
    if (end !== null && (end.engine !== engine || engine.backend.now() >= end.time)) {
      this.forget(kept);
      return null;
    }
    this.hits++;
    this.recent.delete(kept);
    this.recent.add(kept);
    return kept;
  }

  /** Keeps `value`, which a run on `engine` made, and lets go of what was not used for longest. */
  keep(key: readonly unknown[], value: T, engine: Engine): void {
    const former = this.values.get(key);
    if (former !== undefined) this.recent.delete(former); // Another run was faster.
    const end = this.ttl === Infinity ? null : { engine, time: engine.backend.now() + this.ttl };
    const kept: Kept<T> = { key, value, end };
    this.values.set(key, kept);
    this.recent.add(kept);
    const [oldest] = this.recent;
    if (this.recent.size > this.maxSize) this.forget(oldest as Kept<T>);
  }

  /** The executions on their way on `engine`. */
  callsOn(engine: Engine): ArgumentMap<SharedCall<T>> {
    let calls = this.calls.get(engine);
    if (calls === undefined) this.calls.set(engine, (calls = new ArgumentMap()));
    return calls;
  }

  private forget(kept: Kept<T>): void {
    this.recent.delete(kept);
    this.values.delete(kept.key);
  }
}
