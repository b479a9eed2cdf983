/**
 * Assertions on checkpoints: whether a piece of code lets others run, and can be cancelled.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { checkedBody } from "../kernel/checks.ts";
import { currentScope } from "../kernel/current.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import { type Ended, operation } from "../kernel/work.ts";
import { MissingCheckpointError, UnexpectedCheckpointError } from "./checkpoint-errors.ts";
import { WaitWatch } from "./wait-watch.ts";

/**
 * Runs `body`, and checks that it executed at least one checkpoint. Gives the value of the body; when that throws, nothing is checked.
 *
 * A checkpoint is a wait that a cancellation ends, and that lets others run: each wait of anyrx is one, whether it completes in place or not.
 * `checkpointIfCancelled()` is half of one, `cancelShieldedCheckpoint()` and the end of an empty group are the other half; both halves together are a
 * whole. What counts is that the wait begins, in `body` or in tasks that it waits for. The await of a foreign promise is none.
 *
 * *Checkpoint*: where the body waits. *On cancel*: the body cleans up first.
 *
 * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
 * @throws {TypeError} When `body` is no function.
 * @throws {MissingCheckpointError} When there was none.
 * @example
 * import { checkpointIfCancelled, sleep } from "anyrx";
 * import { assertCheckpoints } from "anyrx/testing";
 * await assertCheckpoints(() => sleep(0)); // => undefined
 * await assertCheckpoints(async () => { await Promise.resolve(); }); // throws MissingCheckpointError
 * await assertCheckpoints(() => checkpointIfCancelled()); // throws MissingCheckpointError
 * @source Trio `assert_checkpoints`. Differs: a wait that completes in place yields under the budget, and counts.
 */
export function assertCheckpoints<R>(body: () => R): Operation<Ended<R>> {
  checkedBody("assert that a body has a checkpoint", body);
  return assertingSome(body) as Operation<Ended<R>>;
}

/**
 * Runs `body`, and checks that it executed no checkpoint, nor half of one; see {@link assertCheckpoints}. Gives the value of the body. It is checked also
 * when the body throws.
 *
 * *Checkpoint*: no. *On cancel*: nothing in the body hears of it, if it is what it should be.
 *
 * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
 * @throws {TypeError} When `body` is no function.
 * @throws {UnexpectedCheckpointError} When there was one.
 * @example
 * import { createMemoryObjectStream } from "anyrx";
 * import { assertNoCheckpoints } from "anyrx/testing";
 * const [send, receive] = createMemoryObjectStream<string>(1);
 * await assertNoCheckpoints(() => send.sendNowait("hello")); // => undefined
 * await assertNoCheckpoints(() => receive.receive()); // throws UnexpectedCheckpointError
 * @source Trio `assert_no_checkpoints`.
 */
export function assertNoCheckpoints<R>(body: () => R): Operation<Ended<R>> {
  checkedBody("assert that a body has no checkpoint", body);
  return assertingNone(body) as Operation<Ended<R>>;
}

const assertingSome = /* @__PURE__ */ operation(function* assertCheckpoints(body: () => unknown) {
  const watched = yield* watch(body);
  if (watched.failure !== null) throw watched.failure.error;
  const { cancelPoint, schedulePoint } = watched.watch;
  if (cancelPoint === null || schedulePoint === null) throw new MissingCheckpointError(cancelPoint, schedulePoint);
  return watched.value;
});

const assertingNone = /* @__PURE__ */ operation(function* assertNoCheckpoints(body: () => unknown) {
  const { value, failure, watch: seen } = yield* watch(body);
  const on = seen.cancelPoint ?? seen.schedulePoint;
  if (on !== null) {
    const cause = failure === null || isCancelled(failure.error) ? undefined : { cause: failure.error };
    throw new UnexpectedCheckpointError(on, cause);
  }
  if (failure !== null) throw failure.error;
  return value;
});

interface Watched {
  readonly value: unknown;
  readonly failure: { readonly error: unknown } | null;
  readonly watch: WaitWatch;
}

function* watch(body: () => unknown): OperationGenerator<Watched> {
  const scope = new CancelScope();
  const watch = new WaitWatch(currentScope()._engine, scope);
  try {
    return { value: yield* scope.enter(() => body()), failure: null, watch };
  } catch (error) {
    return { value: undefined, failure: { error }, watch };
  } finally {
    watch[Symbol.dispose]();
  }
}
