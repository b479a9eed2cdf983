/**
 * Shared operations: one run for everybody who waits at the same time.
 *
 *     nobody waits ──somebody waits──▶ runs ──it ends──▶ told to all ──▶ nobody waits
 *                                       └──the last one leaves──▶ cancelled, and waited for by the run
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import type { Subscribable } from "../base/rx.ts";
import type { Engine } from "../kernel/engine.ts";
import { Operation } from "../kernel/operation.ts";
import type { Scope, Wave } from "../kernel/scope.ts";
import type { Waiter } from "../kernel/waiter.ts";
import type { Ended } from "../kernel/work.ts";
import { runnable } from "../tasks/recipe.ts";
import { SharedCall } from "../tasks/shared-call.ts";

class SharedOperation<T> extends Operation<T> {
  private readonly name: string;
  private readonly body: () => unknown;
  /** The execution on its way, of each run: two runs share nothing that waits. */
  private readonly calls = new Map<Engine, SharedCall<T>>();

  constructor(name: string, body: () => unknown) {
    super();
    this.name = name;
    this.body = body;
  }

  /** @internal */
  override get _hot(): boolean {
    return true; // It is made to be run often, or never.
  }

  describe(): string {
    return `the shared ${this.name === "" ? "operation" : this.name}`;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const call = this.callIn(scope);
    waiter._value = call;
    call.join(waiter);
  }

  override _withdraw(waiter: Waiter, call: unknown, later: Wave["outsiders"]): void {
    waiter._queue?._remove(waiter);
    later.push(() => {
      (call as SharedCall<T>).left();
    });
  }

  private callIn(scope: Scope): SharedCall<T> {
    const { calls } = this;
    const engine = scope._engine;
    const running = calls.get(engine);
    if (running !== undefined) {
      if (!running.contains(scope)) return running;
      throw new UsageError(
        `Cannot wait for ${this.describe()} inside of itself: it would wait for itself; use the operation that was shared`,
      );
    }
    const call: SharedCall<T> = SharedCall.begin<T>(this.name, this.body, scope, {
      _returned: () => undefined,
      _closed: () => {
        if (calls.get(engine) === call) calls.delete(engine);
      },
    });
    calls.set(engine, call);
    return call;
  }
}

/**
 * Shares each run of `recipe` among all who wait for it at the same time, by `await`, `yield*` or `subscribe`.
 *
 * The first one to wait begins it, the others join. It lives at the top of the run, so nobody's timeout but everybody's ends it: when the last one has
 * left, it is cancelled, and the run waits for its cleanup. All get the same value, or the same error. When it has ended, or was left, the next one
 * to wait begins it anew: what `share()` does by default, and nothing is kept. To keep the value, see {@link cache}.
 *
 * It has the context variables of who began it, and none of their deadlines. *Checkpoint*: yes. *On cancel*: only the wait ends, while others wait.
 *
 * @param recipe - An operation, an Observable, or a function of any style without arguments.
 * @throws {TypeError} When it cannot be run.
 * @throws {UsageError} When run, from inside of itself.
 * @example
 * import { gather, run, shareOperation, sleep } from "anyrx";
 * let calls = 0;
 * const load = shareOperation(async () => { calls++; await sleep(10); return "config"; });
 * await run(() => gather(load, load, load)); // => ["config", "config", "config"]
 * calls; // => 1
 * @source RxJS `share`.
 */
export function shareOperation<R>(recipe: (() => R) | (Subscribable<unknown> & R)): Operation<Ended<R>> {
  const { name, run } = runnable("a shared operation", recipe);
  return new SharedOperation<Ended<R>>(name, run);
}
