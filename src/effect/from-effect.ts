/**
 * Effects, as operations.
 *
 * @module
 */

import * as Effect from "effect/Effect";
import type { Exit } from "effect/Exit";
import type { Fiber } from "effect/Fiber";
import { FiberBackend } from "../backend/effect.ts";
import type { Cancelled } from "../base/errors.ts";
import { bound } from "../kernel/binding.ts";
import { shown } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { here } from "../kernel/here.ts";
import type { Operation } from "../kernel/operation.ts";
import { Member, type Scope, type Wave } from "../kernel/scope.ts";
import { PENDING } from "../kernel/waiter.ts";
import { Work } from "../kernel/work.ts";
import type { Job } from "../port/backend.ts";
import { errorOf } from "./cause.ts";
import { servicesIn } from "./services.ts";

/** How many fibers may be interrupted inside each other before the next one is interrupted on a fresh stack. */
const DEEPEST = 32;
let depth = 0;

class EffectWork<A> extends Work<A> {
  private readonly effect: Effect.Effect<A, unknown>;

  constructor(effect: Effect.Effect<A, unknown>) {
    super();
    this.effect = effect;
  }

  get _foreign(): boolean {
    return true;
  }

  describe(): string {
    return "the end of an effect";
  }

  // It joins, so nobody else looks: an effect whose scope is cancelled already does not begin.
  override _attempt(scope: Scope): typeof PENDING {
    const cancelled = scope._interrupt;
    if (cancelled === null) return PENDING;
    cancelled._delivered = true;
    throw cancelled;
  }

  _begin(scope: Scope, end: Continuation): void {
    const call = new Call(scope, this.effect, end);
    call._join(scope);
    scope._engine.backend.defer(call);
  }
}

/** One fiber of an effect, and its link in the scope that it is run for. As a job, it begins. */
class Call extends Member implements Job {
  private readonly scope: Scope;
  private readonly effect: Effect.Effect<unknown, unknown>;
  private readonly end: Continuation;
  private fiber: Fiber<unknown, unknown> | null = null;
  private cancelled: Cancelled | null = null;

  constructor(scope: Scope, effect: Effect.Effect<unknown, unknown>, end: Continuation) {
    super();
    this.scope = scope;
    this.effect = effect;
    this.end = end;
  }

  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    if (cancelled === null || this.cancelled !== null) return;
    this.cancelled = cancelled;
    const { fiber } = this;
    if (fiber === null) return;
    wave.outsiders.push(() => {
      this.interrupt(fiber);
    });
  }

  private interrupt(fiber: Fiber<unknown, unknown>): void {
    if (depth >= DEEPEST) {
      this.scope._engine.backend.defer({
        run: () => {
          this.interrupt(fiber);
        },
      });
      return;
    }
    depth++;
    try {
      outside(this.scope, () => {
        fiber.interruptUnsafe();
      });
    } finally {
      depth--;
    }
  }

  run(): void {
    if (this.cancelled !== null) {
      this.cancel(this.cancelled);
      return;
    }
    const fiber = outside(this.scope, () => Effect.runForkWith(servicesIn(this.scope))(this.effect));
    this.fiber = fiber;
    fiber.addObserver((exit) => {
      this.ended(exit);
    });
    // Its own first steps may have cancelled the scope.
    if ((this.cancelled as Cancelled | null) !== null) fiber.interruptUnsafe();
  }

  private cancel(cancelled: Cancelled): void {
    cancelled._delivered = true;
    this._part();
    this.end._failed(cancelled);
  }

  private ended(exit: Exit<unknown, unknown>): void {
    if (exit._tag === "Success") {
      this._part();
      this.end._succeed(exit.value);
    } else {
      const error = errorOf(exit.cause, this.cancelled);
      if (error === this.cancelled) this.cancel(this.cancelled as Cancelled);
      else {
        this._part();
        this.end._failed(error);
      }
    }
    const { backend } = this.scope._engine;
    if (backend instanceof FiberBackend) backend.follow();
  }
}

/**
 * Calls `body` with the slot empty: code of a fiber is known by its fiber. After a foreign `await`, where no fiber is known, it is known by the
 * scope that it is run for.
 */
function outside<T>(scope: Scope, body: () => T): T {
  const { scope: scopeBefore, stored: storedBefore, frame: frameBefore } = here;
  const { store } = bound.host;
  here.scope = null;
  here.stored = false;
  here.frame = null;
  try {
    return store.run(scope._engine.mode === "store" ? scope : undefined, body, undefined);
  } finally {
    here.scope = scopeBefore;
    here.stored = storedBefore;
    here.frame = frameBefore;
  }
}

/**
 * An operation that runs an effect as a fiber, and gives its value.
 *
 * In a task of an Effect backend, and in what {@link toEffect} runs, the effect finds the services of that fiber; what it requires is looked for at
 * run time. Elsewhere it gets a clock and a scheduler that are the backend's: in virtual time `Effect.sleep` takes none.
 *
 * A failure is thrown as it is, a defect too (a primitive one in a {@link DefectError}), an interrupt of its own is a `Cancelled`; several reasons are
 * thrown as one `TaskGroupError`. *Checkpoint*: yes. *On cancel*: the fiber is interrupted, and waited for.
 *
 * @throws {TypeError} When `effect` is no effect.
 * @example
 * import { Effect } from "effect";
 * import { currentTime, run } from "anyrx";
 * import { fromEffect } from "anyrx/effect";
 * const slow = Effect.as(Effect.sleep("1 hour"), "done");
 * await run(async () => [await fromEffect(slow), currentTime()], { backend: "virtual" }); // => ["done", 3600000]
 * @source Effect `runPromise`. Differs: lazy, and cancelled with its scope.
 */
export function fromEffect<A, E, R = never>(effect: Effect.Effect<A, E, R>): Operation<A> {
  if (!Effect.isEffect(effect)) {
    throw new TypeError(`Cannot run ${shown(effect)} as an effect: it is none; pass one, such as Effect.succeed(1)`);
  }
  return new EffectWork(effect as Effect.Effect<A, E>);
}
