/**
 * Wait watches: which waits begin inside a scope.
 *
 * @module
 */

import { Checkpoint } from "../kernel/checkpoint.ts";
import type { Engine, Place, Waited } from "../kernel/engine.ts";
import type { Scope } from "../kernel/scope.ts";
import { Start } from "../kernel/start.ts";
import { described } from "../kernel/waiter.ts";

/**
 * Notes the points that a checkpoint has, from when it is made until it is disposed of.
 *
 * What begins in a scope that is nested in the watched one is noted as well, also when it is another task's: the code in the watched scope cannot end
 * before it.
 */
export class WaitWatch implements Disposable {
  /** The first wait that a cancellation would have ended; `null` while there is none. */
  cancelPoint: string | null = null;
  /** The first wait that lets others run; `null` while there is none. */
  schedulePoint: string | null = null;
  private readonly scope: Scope;
  private readonly post: Post;

  constructor(engine: Engine, scope: Scope) {
    this.scope = scope;
    this.post = Post.at(engine);
    this.post.watches.add(this);
  }

  /** A wait begins in `place`. */
  told(place: Scope, source: Waited): void {
    if (this.cancelPoint !== null && this.schedulePoint !== null) return;
    for (let scope: Scope | null = place; scope !== this.scope; scope = scope._home) if (scope === null) return;
    if (isCancelPoint(source)) this.cancelPoint ??= described(source);
    if (isSchedulePoint(source)) this.schedulePoint ??= described(source);
  }

  [Symbol.dispose](): void {
    this.post.watches.delete(this);
    this.post.leave();
  }
}

// Waiting for work is neither: what the work waits for is. Who starts a task waits for that as for anything else.
function isCancelPoint(source: Waited): boolean {
  return !source._joins || source instanceof Start;
}

// Every wait takes its share of the budget after which others run; `checkpointIfCancelled()` alone is not meant to. The end of a group always yields.
function isSchedulePoint(source: Waited): boolean {
  return source._yields || (isCancelPoint(source) && !(source instanceof Checkpoint));
}

/** The watches of one engine, behind its only hook. Who has the hook already is told first, and gets it back. */
class Post {
  static readonly #posts: WeakMap<Engine, Post> = new WeakMap<Engine, Post>();
  readonly watches: Set<WaitWatch> = new Set<WaitWatch>();
  private readonly engine: Engine;
  private readonly before: Engine["_onWait"];
  private readonly hook = (place: Place, source: Waited): void => {
    this.before?.(place, source);
    for (const watch of this.watches) watch.told(place as Scope, source);
  };

  private constructor(engine: Engine) {
    this.engine = engine;
    this.before = engine._onWait;
    engine._onWait = this.hook;
  }

  static at(engine: Engine): Post {
    let post = this.#posts.get(engine);
    if (post === undefined) this.#posts.set(engine, (post = new Post(engine)));
    return post;
  }

  /** Gives the hook back when nobody watches. Where somebody took it meanwhile, this post stays in that one's chain, and is silent. */
  leave(): void {
    if (this.watches.size > 0) return;
    Post.#posts.delete(this.engine);
    if (this.engine._onWait === this.hook) this.engine._onWait = this.before;
  }
}
