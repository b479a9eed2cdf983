/**
 * Pipelines: a source, stages and a sink, which end together.
 *
 * Each stage is a task, and between two of them is a bounded stream: who is faster waits. All of them run in one group; when one fails, all are
 * cancelled, and everything is closed.
 *
 * @module
 */

import type { Observable } from "../base/rx.ts";
import { perform } from "../kernel/body.ts";
import { checkedFlag, shown } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import type { Operation } from "../kernel/operation.ts";
import { type OperationGenerator } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { Work } from "../kernel/work.ts";
import { has } from "../rx/pull-sources.ts";
import { checkedBuffer, isPulled } from "./checks.ts";
import { type PipelineProgress, Progress } from "./progress.ts";
import { type Stage } from "./stage.ts";
import { isSendTarget, isSource, isWritable, type Sink, type SinkEnded, type Source } from "./ends.ts";
import { Line, type Plan } from "./line.ts";

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
  /** How many items of each stage may wait for the next, unless it says otherwise: an integer from 0 to `Infinity`. Default 0. */
  readonly maxBufferSize?: number | undefined;
  /** Whether a cancellation from outside only stops the source: what is in flight is finished first. Default `false`. */
  readonly drain?: boolean | undefined;
}

/** A pipeline: an operation, which runs it, and gives what its sink ends with. */
export interface Pipeline<R> extends Operation<R> {
  /**
   * How far each stage has come: at once, then whenever something has changed, up to 100 ms of the backend's clock later, and at its end; then it completes.
   * When it is run several times, it is the latest run that is told of.
   *
   * @example
   * import { collect, filter, pipeline } from "anyrx/pipeline";
   * const odd = pipeline([1, 2, 3], filter((n) => n % 2 === 1), collect());
   * let last = "";
   * odd.progress$.subscribe(({ stages }) => (last = stages.map((stage) => `${stage.name} ${stage.in}`).join(", ")));
   * await odd;
   * last; // => "source 3, filter 3, sink 2"
   */
  readonly progress$: Observable<PipelineProgress>;
}

class Running<R> extends Work<R> implements Pipeline<R> {
  private readonly plan: Plan;

  constructor(plan: Plan) {
    super();
    this.plan = plan;
  }

  get progress$(): Observable<PipelineProgress> {
    return this.plan.progress.changes$;
  }

  describe(): string {
    return this.plan.name === "" ? "the end of a pipeline" : `the end of the pipeline "${this.plan.name}"`;
  }

  _begin(scope: Scope, end: Continuation): void {
    perform(scope, runLine, new Line(this.plan), end);
  }
}

function* runLine(line: Line): OperationGenerator<unknown> {
  return yield* line.run();
}

/**
 * Makes a pipeline: items flow from `source` through `stages` to `sink`. Nothing happens until it is awaited, subscribed to or `yield*`ed.
 *
 * Every stage is a task, all in one group, and every stream between two of them is bounded: who is too fast waits, back to the source. The first failure
 * cancels all; when it ends, in whatever way, the source is closed, and a stream that is the sink as well, with the error if there was one. When
 * the sink ends early, or a stage such as {@link take} does, what is before it is cancelled.
 *
 * An Observable cannot wait, so as a source it must be made a stream first, by `toStream(source$, { overflow })`.
 *
 * *Checkpoint*: yes. *On cancel*: all of it is cancelled, and cleans up; with `drain` the source stops, what is in flight is finished, and then
 * the cancellation goes on.
 *
 * @param source - An iterable, an async iterable, a receive stream, an operation, or a function of any style that is called with a send stream.
 * @param rest - Stages, then the sink, then {@link PipelineOptions} if you like.
 * @returns A {@link Pipeline}: an operation of what the sink ends with. A source that can be iterated once makes it run once.
 * @throws {TypeError} When one of them is nothing of the kind.
 * @throws {UsageError} When run, if somebody else consumes the receive stream that is its source.
 * @throws {PipelineError} When a stage, the source or the sink failed. It has the name of the first that did, and its error as `cause`.
 * @example
 * import { collect, mapConcurrent, pipeline } from "anyrx/pipeline";
 * await pipeline([1, 2, 3], mapConcurrent(async (n) => n * 2, { concurrency: 2 }), collect()); // => [2, 4, 6]
 * @source Node `stream.pipeline`.
 */
export function pipeline<A, B, C, D, E, F, G, R>(
  source: Source<A>,
  ...rest: [
    a: Stage<A, B>,
    b: Stage<B, C>,
    c: Stage<C, D>,
    d: Stage<D, E>,
    e: Stage<E, F>,
    f: Stage<F, G>,
    sink: Sink<G, R>,
    options?: PipelineOptions,
  ]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, B, C, D, E, F, R>(
  source: Source<A>,
  ...rest: [
    a: Stage<A, B>,
    b: Stage<B, C>,
    c: Stage<C, D>,
    d: Stage<D, E>,
    e: Stage<E, F>,
    sink: Sink<F, R>,
    options?: PipelineOptions,
  ]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, B, C, D, E, R>(
  source: Source<A>,
  ...rest: [a: Stage<A, B>, b: Stage<B, C>, c: Stage<C, D>, d: Stage<D, E>, sink: Sink<E, R>, options?: PipelineOptions]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, B, C, D, R>(
  source: Source<A>,
  ...rest: [a: Stage<A, B>, b: Stage<B, C>, c: Stage<C, D>, sink: Sink<D, R>, options?: PipelineOptions]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, B, C, R>(
  source: Source<A>,
  ...rest: [a: Stage<A, B>, b: Stage<B, C>, sink: Sink<C, R>, options?: PipelineOptions]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, B, R>(
  source: Source<A>,
  ...rest: [a: Stage<A, B>, sink: Sink<B, R>, options?: PipelineOptions]
): Pipeline<SinkEnded<R>>;
export function pipeline<A, R>(source: Source<A>, sink: Sink<A, R>, options?: PipelineOptions): Pipeline<SinkEnded<R>>;
export function pipeline(source: unknown, ...rest: unknown[]): Pipeline<never> {
  const last = rest[rest.length - 1];
  const given = rest.length > 1 ? last === undefined || isOptions(last) : isOptions(last);
  const { name = "", maxBufferSize = 0, drain = false } = ((given ? rest.pop() : null) ?? {}) as PipelineOptions;
  if (rest.length === 0 || (rest.length === 1 && rest[0] === undefined)) {
    throw new TypeError(
      "Cannot make a pipeline without a sink: nobody would consume its items; add one, such as collect(), forEach(…), or async (input) => { … }",
    );
  }
  const sink = rest.pop();
  checkedBuffer("make a pipeline", maxBufferSize);
  checkedFlag("set drain", drain);
  if (!isSource(source)) {
    const push = typeof (source as { subscribe?: unknown } | null | undefined)?.subscribe === "function";
    throw new TypeError(
      push
        ? "Cannot make a pipeline of an Observable: it cannot be told to wait; use toStream(source$, { overflow }), which says what is to become of items that come too soon"
        : `Cannot make a pipeline of ${shown(source)}: it has no items; pass an iterable, an async iterable, a receive stream, or a function that sends`,
    );
  }
  rest.forEach((stage, i) => {
    if (typeof stage === "function") return;
    throw new TypeError(
      `Cannot make a pipeline with ${shown(stage)} as stage ${String(i + 1)}: it is no function; pass one from a receive stream to a receive stream`,
    );
  });
  if (typeof sink !== "function" && !isSendTarget(sink)) {
    if (isWritable(sink)) {
      throw new TypeError(
        `Cannot make a pipeline with the sink ${shown(sink)}: it is a writable stream, and no send stream; pass () => fromWritable(writable)`,
      );
    }
    throw new TypeError(
      `Cannot make a pipeline with the sink ${shown(sink)}: it is neither a function nor a send stream; pass collect(), forEach(…), or async (input) => { … }`,
    );
  }
  const stages = rest as Stage<unknown, unknown>[];
  const progress = new Progress();
  return new Running<never>({
    name,
    source,
    stages,
    sink: sink as Sink<unknown, unknown>,
    maxBufferSize,
    drain,
    progress,
  });
}

/** An Observable is none: whoever passes one takes it for a source, a stage or a sink. */
function isOptions(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !isSendTarget(value) &&
    !isPulled(value) &&
    !isWritable(value) &&
    !has(value, "subscribe")
  );
}
