/**
 * Marble tests of code with `await` in it.
 *
 * @module
 */

import { isTaskGroupError } from "../../base/errors.ts";
import { checkedBody } from "../../kernel/checks.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { type Ended, operation } from "../../kernel/work.ts";
import { type VirtualRunOptions, VirtualTime, type VirtualTimeOptions } from "../virtual-time.ts";
import { failureOf } from "./claim.ts";
import { type MarbleTest, marbleTestOn } from "./marble-test.ts";
import { tellSoFar } from "./so-far.ts";
import { Stage } from "./stage.ts";
import type { TestStage, Watched } from "./watched.ts";

/** Options of {@link marbles}. */
export interface MarblesOptions extends Omit<VirtualTimeOptions, "autoAdvance">, VirtualRunOptions {}

/**
 * Runs a marble test: `body` in virtual time, then what it expects, drawn as marbles. Code with `await` in it is tested like any other.
 *
 * A diagram is a line of time from the start of the test, a character a millisecond: `-` nothing, a letter a value, `|` the end, `#` an error, `(ab)` at
 * one instant, ` 10ms ` some more time. The body may wait, call the code under test, and say what it expects before that happens or after. When it has
 * ended, time goes on until nothing more can come of what is expected, a minute beyond the longest diagram at most. Then everything that differs is
 * reported at once. Whatever happens, what the test has begun is ended, and the host has its timers back.
 *
 * Tests with captured globals follow one another: one that is begun while another runs waits for it.
 *
 * @param body - A function of any style. It is given a {@link MarbleTest}.
 * @returns A promise of the body's value. It is rejected with what the body threw; that error then also tells which diagrams differed already.
 * @throws {TypeError} When `body` is no function.
 * @throws {MarbleError} When something is not as it was drawn, or nobody said how it should be.
 * @throws {MarbleSyntaxError} When a diagram cannot be read.
 * @throws {DeadlockError} When the body would wait for ever.
 * @throws {LivelockError} When it goes on for ever at one instant, or past `maxTime`.
 * @throws {RealTimeoutError} When it takes longer than `realTimeout` in real time.
 * @example
 * import { debounceTime, Subject } from "rxjs";
 * import { sleep } from "anyrx";
 * import { marbles } from "anyrx/testing";
 * await marbles(async ({ expectObservable, hot }) => {
 *   const typed = hot("-ab---c|");
 *   expectObservable(typed.pipe(debounceTime(3))).toBe("-----b-(c|)");
 * }); // => undefined
 * await marbles(async ({ expectObservable }) => {
 *   const subject = new Subject<string>();
 *   expectObservable(subject).toBe("---a--b");
 *   await sleep(3);
 *   subject.next("a");
 * }); // throws MarbleError
 * @source RxJS `TestScheduler.run`. Differs: the body may be async, and time goes on until what is expected has come.
 */
export function marbles<R>(body: (test: MarbleTest) => R, options: MarblesOptions = {}): Promise<Ended<R>> {
  checkedBody("run a marble test", body, "async ({ cold, expectObservable }) => { … }");
  const clock = new VirtualTime({ ...options, autoAdvance: true });
  const stage = new Stage<Watched>(clock, options.maxTime ?? Infinity);
  return clock
    .run(() => perform(stage, body), options)
    .then(
      (value) => {
        const findings = stage.expectations.flatMap((expectation) => expectation.findings());
        if (findings.length > 0) throw failureOf(findings);
        return value as Ended<R>;
      },
      (error: unknown) => {
        stage.close(); // A body that could not be ended was left where it was.
        throw tellSoFar(error, stage.expectations, clock.now);
      },
    );
}

/**
 * The test itself: its body with all that it leaves behind, then what time brings. What watches is in a group around that, so that neither waits for
 * the other, and neither cancels the other.
 */
function* perform(stage: TestStage, body: (test: MarbleTest) => unknown): OperationGenerator<unknown> {
  let value: unknown;
  let failure: { readonly error: unknown } | null = null;
  yield* taskGroup(
    function* (watching) {
      stage.open(watching);
      try {
        value = yield* alone(body, marbleTestOn(stage));
        yield* stage.settle();
      } catch (error) {
        failure = { error };
      } finally {
        stage.close();
      }
    },
    { name: "expectations" },
  );
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return value;
}

/** Runs the body until nothing of it is left. What it throws itself is thrown bare, as {@link run} has it, and not as an error of the group. */
function* alone(body: (test: MarbleTest) => unknown, test: MarbleTest): OperationGenerator<unknown> {
  const thrown: unknown[] = [];
  try {
    return yield* taskGroup(
      function* () {
        try {
          return yield* operation(body)(test);
        } catch (error) {
          thrown.push(error);
          throw error;
        }
      },
      { name: "test" },
    );
  } catch (error) {
    const own = isTaskGroupError(error) && error.errors.length === 1 && error.errors[0] === thrown[0];
    throw own ? thrown[0] : error;
  }
}
