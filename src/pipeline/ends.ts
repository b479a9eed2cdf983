/**
 * The ends of a pipeline: what it takes its items from, and what it gives them to.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import { type Ended } from "../kernel/work.ts";
import { has } from "../rx/pull-sources.ts";
import type { SendTarget } from "../rx/send-target.ts";
import { MemoryObjectReceiveStream, type MemoryObjectSendStream } from "../stream/memory-object-stream.ts";
import { isPulled } from "./checks.ts";
import type { SinkFunction } from "./sinks.ts";

/**
 * Where the items of a pipeline come from: an iterable, an async iterable, a receive stream, an operation for a single one; or a function of any style
 * that sends them.
 */
export type Source<T> = Iterable<T> | AsyncIterable<T> | Operation<T> | ((send: MemoryObjectSendStream<T>) => unknown);

/**
 * Where they go: a function that consumes a receive stream; a send stream, such as what {@link fromWritable} makes of a file; or a function that makes
 * such a one, in the pipeline's own scope.
 */
export type Sink<T, R> = SinkFunction<T, R> | SendTarget<T>;

/** The value that a pipeline with such a sink ends with. */
export type SinkEnded<R> = R extends SendTarget<never> ? undefined : Ended<R>;

/** Whether items can be taken from it as they are. */
export function isSource(source: unknown): source is Source<unknown> {
  return typeof source === "function" || source instanceof Operation || isPulled(source);
}

/** A writable stream of the web or of Node. */
export function isWritable(value: unknown): boolean {
  return has(value, "getWriter") || has(value, "write");
}

/** Whether items can be sent to it. */
export function isSendTarget(value: unknown): value is SendTarget<unknown> {
  return has(value, "send") && has(value, "aclose");
}

/** A sink that makes sure that it is none of those stages that would never be consumed. */
export function ending(sink: SinkFunction<unknown, unknown>): SinkFunction<unknown, unknown> {
  return (input) => {
    const result = sink(input);
    const items = result instanceof MemoryObjectReceiveStream;
    if (!items && !(has(result, Symbol.asyncIterator) && has(result, "next"))) return result;
    if (items) result.close();
    throw new TypeError(
      `Cannot end a pipeline with ${sink.name === "" ? "such a function" : `"${sink.name}"`}: it is a stage, for it gave a stream; add a sink, such as collect() or forEach(…)`,
    );
  };
}
