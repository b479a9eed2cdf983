/**
 * Operations, as effects.
 *
 * @module
 */

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type { Fiber } from "effect/Fiber";
import { FiberBackend } from "../backend/effect.ts";
import { bound } from "../kernel/binding.ts";
import { shown } from "../kernel/checks.ts";
import { Engine } from "../kernel/engine.ts";
import { here } from "../kernel/here.ts";
import { lodgerIn } from "../kernel/neighbor.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import { runOn } from "../kernel/root.ts";
import type { Task } from "../kernel/task.ts";
import type { Ended } from "../kernel/work.ts";
import type { AbortControl } from "../port/host.ts";
import { causeOf } from "./cause.ts";
import { Caller, habitatOf } from "./habitat.ts";
import { provide } from "./services.ts";

/** Options of {@link toEffect}. */
export interface ToEffectOptions<E> {
  /** Makes the typed failure of what was thrown. Default: it is the failure, untyped. What this throws is a defect. */
  readonly catch: (error: unknown) => E;
}

/**
 * An effect that runs an operation, or a body of any style, in the fiber that runs it: on its clock and its scheduler, and with its services for
 * each {@link fromEffect} inside.
 *
 * What is thrown is a failure; a `Cancelled` of its own is an interrupt; what came out of `fromEffect` is what it was there, so that a defect
 * stays a defect. *On interrupt*: everything inside is cancelled, and the fiber ends when that has cleaned up; an error of the cleanup is a defect
 * beside the interrupt. Uninterruptible, it is not cancelled.
 *
 * What a single wait takes, such as an item or a lock, is the fiber's: it is given back when the fiber is interrupted before it goes on, and a lock does not
 * break. What a body holds at its end breaks, since it is a task, and its value is dropped by an interrupt.
 *
 * @param subject - An {@link Operation}, or a function, which is called each time. One that returns an operation stands for that.
 * @throws {TypeError} When `subject` is neither, or `catch` is no function.
 * @example
 * import { Effect } from "effect";
 * import { sleep } from "anyrx";
 * import { toEffect } from "anyrx/effect";
 * const answer = toEffect(async () => { await sleep(1); return 42; });
 * await Effect.runPromise(answer.pipe(Effect.timeout("1 second"))); // => 42
 * @source Effect `tryPromise`. Differs: interruption waits for cleanup.
 */
export function toEffect<T>(subject: Operation<T>): Effect.Effect<T, unknown>;
export function toEffect<R>(subject: () => R): Effect.Effect<Ended<R>, unknown>;
export function toEffect<T, E>(subject: Operation<T>, options: ToEffectOptions<E>): Effect.Effect<T, E>;
export function toEffect<R, E>(subject: () => R, options: ToEffectOptions<E>): Effect.Effect<Ended<R>, E>;
export function toEffect(subject: unknown, options?: ToEffectOptions<unknown>): Effect.Effect<unknown, unknown> {
  const body = subject instanceof Operation ? () => subject as Operation<unknown> : (subject as () => unknown);
  if (typeof body !== "function") {
    throw new TypeError(
      `Cannot make an effect of ${shown(subject)}: it is no operation; pass one, or a function such as async () => work()`,
    );
  }
  const failure = options?.catch ?? identity;
  if (typeof failure !== "function") {
    throw new TypeError(
      `Cannot make an effect with the catch ${shown(failure)}: it is no function; pass one, such as (cause) => new NoUser({ cause })`,
    );
  }
  return Effect.withFiber((fiber) => new Embedded(fiber, body, failure).effect);
}

/** One run of an operation in a fiber. */
class Embedded {
  readonly effect: Effect.Effect<unknown, unknown>;
  private readonly fiber: Fiber<unknown, unknown>;
  private readonly body: () => unknown;
  private readonly failure: (error: unknown) => unknown;
  private readonly control: AbortControl = bound.host.abortController();
  private tell: (ending: Effect.Effect<unknown, unknown>) => void = ignore;
  private operation: Operation<unknown> | null = null;
  private ending: Effect.Effect<unknown, unknown> | null = null;
  /** Whether the fiber goes on with the ending. Before that it may still be interrupted. */
  private taken = false;

  constructor(fiber: Fiber<unknown, unknown>, body: () => unknown, failure: (error: unknown) => unknown) {
    this.fiber = fiber;
    this.body = body;
    this.failure = failure;
    this.effect = Effect.callback((resume) => {
      this.tell = resume;
      this.begin();
      return this.cancel();
    });
  }

  private begin(): void {
    const { fiber, body } = this;
    const { host } = bound;
    const habitat = habitatOf(fiber);
    const { backend } = habitat;
    const engine = new Engine(backend, host.store, host.store.survives ? "store" : "handoff");
    provide(engine, fiber.context);
    const caller = lodgerIn(habitat) ?? fiber.getRef(Caller);
    const main = (): unknown => {
      const task = here.scope?._task as Task;
      if (caller !== null) task._variables = caller._variables;
      const work = body();
      if (!(work instanceof Operation)) return work;
      this.operation = work;
      return lent(work, task);
    };
    // Through the backend, and not from the reaction: the fiber goes on outside of our stack, in a turn of its scheduler.
    const end = (ending: Effect.Effect<unknown, unknown>): void => {
      backend.defer({
        run: () => {
          this.ending = ending;
          this.tell(ending);
        },
      });
    };
    runOn(engine, main, this.control.signal).then(
      (value) => {
        end(
          Effect.sync(() => {
            this.taken = true;
            return value;
          }),
        );
      },
      (error: unknown) => {
        end(
          Effect.suspend(() => {
            this.taken = true;
            return Effect.failCause(causeOf(error, this.failure, fiber.id));
          }),
        );
      },
    );
    if (backend instanceof FiberBackend) backend.follow();
  }

  /** What the fiber does when it is interrupted. It does so, too, when it goes on with an interrupt of ours. */
  private cancel(): Effect.Effect<void> {
    // The fiber may yield before each of its steps: it may have ended by then.
    const ended = Effect.callback<unknown, unknown>((resume) => {
      if (this.ending !== null) resume(this.ending);
      else {
        this.tell = resume;
        this.control.abort("its fiber was interrupted");
      }
    });
    return Effect.suspend(() => {
      if (this.taken) return Effect.void;
      return Effect.matchCauseEffect(ended, {
        onSuccess: (value) =>
          Effect.sync(() => {
            this.operation?._undo(value); // Nobody will see it.
          }),
        onFailure: (cause) => {
          const defects = defectsIn(cause);
          return defects.reasons.length === 0 ? Effect.void : Effect.failCause(defects);
        },
      });
    });
  }
}

/** Waits for `operation`. What `task` owns by then is the fiber's, and so nobody's: the task is about to end, and fibers own nothing. */
function* lent(operation: Operation<unknown>, task: Task): OperationGenerator<unknown> {
  const value = yield* operation;
  for (let held = task._held; held !== null; held = task._held) held._disown();
  return value;
}

/** What went wrong. Nobody may take the failure of a fiber that was interrupted for one to recover from. */
function defectsIn(cause: Cause.Cause<unknown>): Cause.Cause<never> {
  return Cause.fromReasons(
    cause.reasons.flatMap((reason) => {
      if (Cause.isInterruptReason(reason)) return [];
      return [Cause.isFailReason(reason) ? Cause.makeDieReason(reason.error) : reason];
    }),
  );
}

function identity(error: unknown): unknown {
  return error;
}

function ignore(): void {
  // Nobody listens yet.
}
