/**
 * Caches for operations: what a function gave, by its arguments.
 *
 * A value, once it is there, is the whole program's. An execution on its way is its run's, as everything is that waits; and so is a value with a
 * time to live, since no two runs need have the same clock.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import { checkedBody, checkedDelay, shown } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import type { Scope, Wave } from "../kernel/scope.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import { type Ended, operation } from "../kernel/work.ts";
import { CacheContents } from "./cache-contents.ts";
import { SharedCall } from "./shared-call.ts";

/** Options of {@link lruCache}. */
export interface LruCacheOptions<A extends unknown[]> {
  /** How many values it keeps: an integer. 0 and less keeps none; `Infinity` or `null` keeps all. Default 128. */
  readonly maxSize?: number | null | undefined;
  /** How long it keeps a value, in ms on the backend's clock: 0 to `Infinity`. `null`, the default, is for ever. */
  readonly ttl?: number | null | undefined;
  /** What to compare calls by, instead of all arguments: one value, as `Map` compares its keys. */
  readonly key?: ((...args: A) => unknown) | undefined;
}

/** What {@link CachedFunction.cacheParameters} tells. */
export interface CacheParameters {
  /** How many values it keeps; `null` when all. */
  readonly maxSize: number | null;
  /** How long it keeps a value, in ms; `null` when for ever. */
  readonly ttl: number | null;
}

/** What {@link CachedFunction.cacheInfo} tells. */
export interface CacheInfo extends CacheParameters {
  /** Calls that were answered from the cache, or by an execution that was on its way. */
  readonly hits: number;
  /** Calls that executed the function. */
  readonly misses: number;
  /** Values in the cache. */
  readonly currentSize: number;
}

/** A function with a cache. */
export interface CachedFunction<A extends unknown[], T> {
  /** Gives the value for these arguments: from the cache, or by executing the function. */
  (...args: A): Operation<T>;
  /** Its figures at this moment. */
  cacheInfo(): CacheInfo;
  /** How it was made. */
  cacheParameters(): CacheParameters;
  /** Forgets every value, and begins to count anew. Executions on their way still answer those who wait for them, and nobody else. */
  cacheClear(): void;
}

/** What the calls of one cached function share. */
class LruCache<A extends unknown[], T> {
  readonly keyOf: ((...args: A) => unknown) | null;
  readonly fresh: () => CacheContents<T>;
  contents: CacheContents<T>;
  private readonly body: (...args: A) => unknown;

  constructor(body: (...args: A) => unknown, keyOf: ((...args: A) => unknown) | null, fresh: () => CacheContents<T>) {
    this.body = body;
    this.keyOf = keyOf;
    this.fresh = fresh;
    this.contents = fresh();
  }

  get title(): string {
    return `the cached ${this.body.name === "" ? "function" : `${this.body.name}()`}`;
  }

  /** The execution for `key` in the run of `scope`: the one on its way, or a new one. */
  share(key: readonly unknown[], args: A, scope: Scope): SharedCall<T> {
    const { body, contents } = this;
    const engine = scope._engine;
    const calls = contents.callsOn(engine);
    const running = calls.get(key);
    if (running === undefined) {
      contents.misses++;
      const call = SharedCall.begin<T>(body.name, () => body(...args), scope, {
        _returned: (value) => {
          contents.keep(key, value, engine);
        },
        _closed: () => {
          if (calls.get(key) === call) calls.delete(key);
        },
      });
      calls.set(key, call);
      return call;
    }
    if (running.contains(scope)) {
      throw new UsageError(
        `Cannot wait for ${this.title} inside of its own call with these arguments: it would wait for itself; call the function without its cache`,
      );
    }
    contents.hits++;
    return running;
  }
}

class CachedCall<A extends unknown[], T> extends Operation<T> {
  private readonly cache: LruCache<A, T>;
  private readonly args: A;
  private key: readonly unknown[] | null = null;

  constructor(cache: LruCache<A, T>, args: A) {
    super();
    this.cache = cache;
    this.args = args;
  }

  describe(): string {
    return this.cache.title;
  }

  override _attempt(scope: Scope): T | typeof PENDING {
    const { args, cache } = this;
    this.key ??= cache.keyOf === null ? args : [cache.keyOf(...args)];
    const found = cache.contents.recall(this.key, scope._engine);
    return found === null ? PENDING : found.value;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const call = this.cache.share(this.key as readonly unknown[], this.args, scope);
    waiter._value = call;
    call.join(waiter);
  }

  override _withdraw(waiter: Waiter, call: unknown, later: Wave["outsiders"]): void {
    waiter._queue?._remove(waiter);
    later.push(() => {
      (call as SharedCall<T>).left();
    });
  }
}

/**
 * Gives `body` a cache of the values it gave last.
 *
 * Calls with the same arguments that meet share one execution. It goes on as long as anyone waits for it: a caller that is cancelled leaves the
 * others alone, and when the last one has left, the execution is cancelled, and the run waits for its cleanup. An error is told to all who wait, and
 * is not kept. The execution has the context variables of its first caller, and none of its deadlines.
 *
 * Arguments are compared as `Map` compares its keys, so objects by identity; their number counts. A value is kept for the whole program; with a
 * `ttl`, for the run that made it, since the clocks of two runs cannot be compared.
 *
 * *Checkpoint*: yes, also when the value is there. *On cancel*: only the wait ends, while others wait.
 *
 * @param body - A function of any style.
 * @returns A function of the same parameters that returns an {@link Operation}, with `cacheInfo()`, `cacheParameters()` and `cacheClear()`.
 * @throws {TypeError} When `body` or `key` is no function, or `maxSize` no number.
 * @throws {RangeError} When `maxSize` is no integer, or `ttl` is negative or `NaN`.
 * @throws {UsageError} When run, by a call that would wait for itself.
 * @example
 * import { lruCache, sleep } from "anyrx";
 * const square = lruCache(async (n: number) => { await sleep(1); return n * n; }, { maxSize: 100 });
 * await square(4); // => 16
 * await square(4); // => 16
 * square.cacheInfo(); // => { hits: 1, misses: 1, maxSize: 100, currentSize: 1, ttl: null }
 * @source AnyIO `functools.lru_cache`. Differs: callers that meet share an error, too; values outlive their run; there is no `typed`, since
 *   `1` and `"1"` are two arguments anyway, and no `always_checkpoint`, since it always is one.
 */
export function lruCache<A extends unknown[], R>(
  body: (...args: A) => R,
  options?: LruCacheOptions<A>,
): CachedFunction<A, Ended<R>> {
  checkedBody("cache a function", body);
  const { maxSize = 128, ttl = null, key = null } = options ?? {};
  if (key !== null) checkedBody("cache a function by a key", key, "(user) => user.id");
  const size = maxSize === null ? Infinity : Math.max(checkedSize(maxSize), 0);
  const age = ttl === null ? Infinity : checkedDelay("keep a value", ttl);
  const parameters = Object.freeze({ maxSize: size === Infinity ? null : size, ttl: age === Infinity ? null : age });
  const shared = new LruCache<A, Ended<R>>(body, key, () => new CacheContents(size, age));
  const uncached = operation((...args: A): R => {
    shared.contents.misses++;
    return body(...args);
  });
  const call = (...args: A): Operation<Ended<R>> => (size === 0 ? uncached(...args) : new CachedCall(shared, args));
  Object.defineProperty(call, "name", { value: body.name, configurable: true });
  return Object.assign(call, {
    cacheInfo(): CacheInfo {
      const { hits, misses, size: currentSize } = shared.contents;
      return Object.freeze({ hits, misses, currentSize, ...parameters });
    },
    cacheParameters: () => parameters,
    cacheClear() {
      shared.contents = shared.fresh();
    },
  });
}

/**
 * {@link lruCache} that keeps every value.
 *
 * @example
 * import { cache } from "anyrx";
 * const config = cache(async () => ({ port: 8080 }));
 * (await config()) === (await config()); // => true
 * @source AnyIO `functools.cache`.
 */
export function cache<A extends unknown[], R>(body: (...args: A) => R): CachedFunction<A, Ended<R>> {
  return lruCache(body, { maxSize: null });
}

function checkedSize(maxSize: number): number {
  if (typeof maxSize !== "number") {
    throw new TypeError(`Cannot keep ${shown(maxSize)} values: it is no number; pass an integer, or null for all`);
  }
  if (maxSize !== Infinity && !Number.isInteger(maxSize)) {
    throw new RangeError(`Cannot keep ${String(maxSize)} values: it is no size; pass an integer, or Infinity for all`);
  }
  return maxSize;
}
