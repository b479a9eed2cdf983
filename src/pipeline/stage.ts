/**
 * Stages: functions from a receive stream to a receive stream.
 *
 * @module
 */

import { isBrokenResourceError, isEndOfStream } from "../base/errors.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import type { Failure } from "../kernel/scope.ts";
import type { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { isTaskGroupError } from "../base/task-group-error.ts";
import { checkedBuffer } from "./checks.ts";
import { claim } from "./claims.ts";
import { Edge } from "./edge.ts";
import { workshopHere } from "./workshop.ts";

/**
 * What stands between a source and a sink: a function that is called with its input and gives its output. An async generator function is one;
 * so is whatever {@link stage} and the stages of this module give.
 */
export type Stage<A, B> = (input: MemoryObjectReceiveStream<A>) => Iterable<B> | AsyncIterable<B>;

/** A stage of this module: its output is a receive stream. Closing that cancels the stage, and closes its input. */
export type StreamStage<A, B> = (input: MemoryObjectReceiveStream<A>) => MemoryObjectReceiveStream<B>;

/** Options that every stage takes. */
export interface StageOptions {
  /** What it is called in messages and in progress. */
  readonly name?: string | undefined;
  /** How many items of its output may wait for the next stage: an integer from 0 to `Infinity`. Default: that of the pipeline, which is 0. */
  readonly maxBufferSize?: number | undefined;
}

/** The work of a stage: sends what it makes of its input. */
export type StageWork<B> = (out: Edge<B>) => OperationGenerator<void>;

/** Has `work` run in a task of its own, and gives what it sends. Its inputs are its own, and closed with it. */
export function streamOf<B>(
  name: string,
  options: StageOptions,
  inputs: readonly MemoryObjectReceiveStream<unknown>[],
  work: StageWork<B>,
): MemoryObjectReceiveStream<B> {
  return (streamsOf<B>(1, name, options, inputs, ([out]) => work(out as Edge<B>)) as [MemoryObjectReceiveStream<B>])[0];
}

/** The same with several outputs. It is cancelled when all of them are closed. */
export function streamsOf<B>(
  count: number,
  name: string,
  options: StageOptions,
  inputs: readonly MemoryObjectReceiveStream<unknown>[],
  work: (outs: readonly Edge<B>[]) => OperationGenerator<void>,
): MemoryObjectReceiveStream<B>[] {
  const workshop = workshopHere();
  const called = options.name ?? name;
  const size = checkedBuffer(`make the stage "${called}"`, options.maxBufferSize ?? workshop.maxBufferSize);
  claim(`the stage "${called}"`, `run the stage "${called}" on`, inputs);
  const outs = Array.from(
    { length: count },
    (_, i) => new Edge<B>(count > 1 ? `${called} ${String(i + 1)}` : called, size),
  );
  for (const out of outs) workshop.made(out as Edge<never>);
  const cancel = workshop.begin(called, function* () {
    try {
      yield* work(outs);
      for (const out of outs) out.send.close();
    } catch (error) {
      const failure = outs.every((out) => out.abandoned) ? wanted(error) : { error };
      if (failure !== null) workshop.failed(outs as readonly Edge<unknown>[] as Edge<never>[], failure.error);
    } finally {
      for (const input of inputs) input.close();
    }
  });
  let open = count;
  for (const out of outs) {
    out.whenAbandoned(() => {
      if (--open === 0) cancel();
    });
  }
  return outs.map((out) => out.receive);
}

/** What is left of `error` when that nobody wants more is no failure. */
function wanted(error: unknown): Failure | null {
  if (isBrokenResourceError(error)) return null;
  if (!isTaskGroupError(error)) return { error };
  const [rest] = error.split((leaf) => !isBrokenResourceError(leaf));
  return rest === null ? null : { error: rest };
}

/**
 * Makes a stage of your own out of a generator function: it receives from its input and sends to its output, in a task of its own.
 *
 * When nobody receives from the output any more, the task is cancelled. When it ends, in whatever way, its input is closed.
 *
 * @param name - What it is called in messages and in progress.
 * @param body - A generator function of operations.
 * @throws {TypeError} When `body` is no function.
 * @example
 * import { collect, pipeline, stage } from "anyrx/pipeline";
 * const pairs = stage("pairs", function* (input, send) {
 *   for (;;) {
 *     const first = yield* input.receive();
 *     yield* send([first, yield* input.receive()]);
 *   }
 * });
 * await pipeline([1, 2, 3, 4], pairs, collect()); // => [[1, 2], [3, 4]]
 */
export function stage<A, B>(
  name: string,
  body: (input: MemoryObjectReceiveStream<A>, send: (item: B) => OperationGenerator<void>) => OperationGenerator<void>,
  options: StageOptions = {},
): StreamStage<A, B> {
  checkedBody(`make the stage "${name}"`, body, "function* (input, send) { … }");
  return (input) =>
    streamOf<B>(name, options, [input], function* (out) {
      const send = function* (item: B): OperationGenerator<void> {
        yield* out.send.send(item);
        out.sent++;
      };
      try {
        yield* body(input, send);
      } catch (error) {
        if (!isEndOfStream(error)) throw error; // Its input has ended, so it has.
      }
    });
}
