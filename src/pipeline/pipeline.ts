/**
 * Pipelines: a source, stages and a sink, which end together.
 *
 * Each stage is a task, and between two of them is a bounded stream: who is faster waits. All of them run in one group; when one fails, all are
 * cancelled, and everything is closed.
 *
 * @module
 */

import { BrokenResourceError, isCancelled } from "../base/errors.ts";
import { unwrapSingle } from "../base/task-group-error.ts";
import type { Observable } from "../base/rx.ts";
import { perform } from "../kernel/body.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { checkedFlag, shown } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { currentScope } from "../kernel/current.ts";
import { isGeneratorFunction } from "../kernel/frame.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import type { Failure, Scope } from "../kernel/scope.ts";
import type { Task } from "../kernel/task.ts";
import { type TaskGroup, taskGroup } from "../kernel/task-group.ts";
import { type Ended, operation, Work } from "../kernel/work.ts";
import { has } from "../rx/pull-sources.ts";
import type { SendTarget } from "../rx/send-target.ts";
import {
  createMemoryObjectStream,
  MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
} from "../stream/memory-object-stream.ts";
import { acloseForcefully } from "../stream/resource.ts";
import { type AnyItems, eachItem } from "../tasks/each-item.ts";
import { checkedBuffer, isPulled } from "./checks.ts";
import { claim } from "./claims.ts";
import { eachReceived } from "./each-received.ts";
import { Edge } from "./edge.ts";
import { PipelineError } from "./pipeline-error.ts";
import { type PipelineProgress, Progress } from "./progress.ts";
import type { SinkFunction } from "./sinks.ts";
import { type Stage, streamOf } from "./stage.ts";
import { builtIn, type Workshop } from "./workshop.ts";

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

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
  /** How many items of each stage may wait for the next, unless it says otherwise: an integer from 0 to `Infinity`. Default 0. */
  readonly maxBufferSize?: number | undefined;
  /** Whether a cancellation from outside only stops the source: what is in flight is finished first. Default `false`. */
  readonly drain?: boolean | undefined;
}

interface Plan {
  readonly name: string;
  readonly source: Source<unknown>;
  readonly stages: readonly Stage<unknown, unknown>[];
  readonly sink: Sink<unknown, unknown>;
  readonly maxBufferSize: number;
  readonly drain: boolean;
  readonly progress: Progress;
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

/** One run of a pipeline. */
class Line implements Workshop {
  readonly maxBufferSize: number;
  private readonly plan: Plan;
  private readonly inner: CancelScope;
  private readonly edges: Edge<never>[] = [];
  private group: TaskGroup | null = null;
  private first: { readonly stage: string; readonly error: unknown } | null = null;
  /** Where items are sent to, when that is a stream. */
  private target: SendTarget<unknown> | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
    this.maxBufferSize = plan.maxBufferSize;
    this.inner = new CancelScope({ shield: plan.drain });
  }

  made(edge: Edge<never>): void {
    this.edges.push(edge);
    this.plan.progress.made(this.edges);
  }

  begin(name: string, work: () => OperationGenerator<void>): () => void {
    const task = (this.group as TaskGroup).startSoon(() => this.named(name, work()), { name });
    return () => {
      task.cancel("nobody receives any more");
    };
  }

  failed(_outs: readonly Edge<never>[], error: unknown): void {
    throw error;
  }

  *run(): OperationGenerator<unknown> {
    const { plan } = this;
    if (isSendTarget(plan.sink)) this.target = plan.sink;
    if (plan.source instanceof MemoryObjectReceiveStream) claim(this.title, `run ${this.title} on`, [plan.source]);
    plan.progress.begin(currentScope()._engine.backend, this.edges);
    let failure: Failure | null = null;
    try {
      return yield* this.both();
    } catch (error) {
      const told =
        isCancelled(error) || this.first === null
          ? error
          : new PipelineError(plan.name, this.first.stage, this.first.error);
      failure = { error: told };
      throw told;
    } finally {
      for (const edge of this.edges) edge.close();
      close(plan.source);
      if (this.target !== null && failure !== null) yield* this.breakOff(this.target, failure.error);
      plan.progress.end(this.edges);
    }
  }

  private get title(): string {
    return this.plan.name === "" ? "a pipeline" : `the pipeline "${this.plan.name}"`;
  }

  /** Ends the sink with `error`, where it can be. Whoever receives at its other end is not cancelled by the cancellation of the pipeline. */
  private *breakOff(sink: SendTarget<unknown>, error: unknown): OperationGenerator<void> {
    if (sink.error === undefined) yield* acloseForcefully(sink);
    else if (!isCancelled(error)) sink.error(error);
    else sink.error(new BrokenResourceError("receive from", this.title, "it was cancelled", { cause: error }));
  }

  /** The source beside all the rest: a cancellation that is to be drained reaches the source alone. */
  private both(): Operation<unknown> {
    const entrance = new Edge<unknown>("source", this.maxBufferSize);
    this.made(entrance as Edge<never>);
    return taskGroup(
      (tg) => {
        const source = tg.startSoon(() => this.feed(entrance), { name: "source" });
        entrance.whenAbandoned(() => {
          source.cancel("nobody receives any more");
        });
        return this.inner.enter(() => this.rest(entrance, source));
      },
      { name: this.plan.name },
    );
  }

  private rest(entrance: Edge<unknown>, source: Task): Operation<unknown> {
    return taskGroup(
      (tg) => {
        this.group = tg;
        return this.named("sink", this.consume(this.build(entrance.receive), tg, source));
      },
      { name: "stages" },
    );
  }

  /** Calls each stage with the output of the one before it. */
  private build(entrance: MemoryObjectReceiveStream<unknown>): MemoryObjectReceiveStream<unknown> {
    return this.plan.stages.reduce<MemoryObjectReceiveStream<unknown>>((input, stage, i) => {
      const name = stage.name === "" ? `stage ${String(i + 1)}` : stage.name;
      try {
        return builtIn(this, () => this.adopt(name, input, stage(input)));
      } catch (error) {
        this.first ??= { stage: name, error };
        throw error;
      }
    }, entrance);
  }

  /** What a stage gave, as a stream of this pipeline. */
  private adopt(
    name: string,
    input: MemoryObjectReceiveStream<unknown>,
    output: AnyItems<unknown>,
  ): MemoryObjectReceiveStream<unknown> {
    if (output instanceof MemoryObjectReceiveStream && this.edges.some((edge) => edge.receive === output))
      return output;
    checkedOutput(name, output);
    const inputs = output instanceof MemoryObjectReceiveStream ? [output] : [];
    return streamOf<unknown>(name, {}, inputs, function* (out) {
      try {
        yield* eachItem(output, function* (item) {
          try {
            yield* out.send.send(item);
          } catch (error) {
            if (out.refuses(error)) return false; // It is left as by `break`, and what closing it throws is an error.
            throw error;
          }
          out.sent++;
          return true;
        });
      } finally {
        input.close(); // Consumed in a way of its own, or by a stage that it was made of.
      }
    });
  }

  private *feed(entrance: Edge<unknown>): OperationGenerator<void> {
    const { source } = this.plan;
    try {
      yield* this.named("source", this.items(source, entrance));
      entrance.send.close();
    } catch (error) {
      // Also what is shielded from a cancellation is not to go on after a failure. Nobody is to take that for the end of the items.
      if (!isCancelled(error)) this.inner.cancel("the source failed");
      else if (this.plan.drain) entrance.send.close();
      throw error;
    }
  }

  private *items(source: Source<unknown>, entrance: Edge<unknown>): OperationGenerator<void> {
    const { send } = entrance;
    const pass = (item: unknown) => this.pass(item, entrance);
    if (typeof source === "function") yield* this.produced(source, pass);
    else if (source instanceof MemoryObjectReceiveStream) yield* eachReceived(source, pass);
    else if (source instanceof Operation) yield* pass(yield* source);
    else if (Symbol.asyncIterator in Object(source)) yield* eachItem(source, pass);
    else {
      for (const item of source as Iterable<unknown>) {
        try {
          yield* send.send(item);
        } catch (error) {
          yield* this.unsent(error, item, entrance);
          break;
        }
        entrance.sent++;
      }
    }
  }

  private *produced(
    source: (send: MemoryObjectSendStream<unknown>) => unknown,
    pass: (item: unknown) => OperationGenerator<boolean>,
  ): OperationGenerator<void> {
    const [own, made] = createMemoryObjectStream<unknown>(0, { name: "source" });
    yield* taskGroup(function* (tg) {
      tg.startSoon(
        function* () {
          yield* operation(source)(own);
          own.close(); // Not when it failed: that is no end.
        },
        { name: "producer" },
      );
      try {
        yield* eachReceived(made, function* (item) {
          const wanted = yield* pass(item);
          if (!wanted) tg.cancel("nobody receives any more");
          return wanted;
        });
      } finally {
        made.close();
        own.close();
      }
    });
  }

  /** Sends `item` on; `false` when nobody wants any more. */
  private *pass(item: unknown, entrance: Edge<unknown>): OperationGenerator<boolean> {
    try {
      yield* entrance.send.send(item);
    } catch (error) {
      yield* this.unsent(error, item, entrance);
      return false;
    }
    entrance.sent++;
    return true;
  }

  /** Throws `error`, unless it says that nobody wants any more. What the source has given is in flight: where that is to be finished, it is sent first. */
  private *unsent(error: unknown, item: unknown, entrance: Edge<unknown>): OperationGenerator<void> {
    if (entrance.refuses(error)) return;
    if (this.plan.drain && isCancelled(error)) {
      try {
        yield* new CancelScope({ shield: true }).enter(() => entrance.send.send(item));
        entrance.sent++;
      } catch (refused) {
        if (!entrance.refuses(refused)) throw refused;
      }
    }
    throw error;
  }

  private *consume(
    input: MemoryObjectReceiveStream<unknown>,
    tg: TaskGroup,
    source: Task,
  ): OperationGenerator<unknown> {
    const { sink } = this.plan;
    let value: unknown;
    try {
      if (!isSendTarget(sink)) {
        value = yield* operation(isGeneratorFunction(sink) ? sink : ending(sink))(input);
        if (isSendTarget(value)) this.target = value;
      }
      const { target } = this;
      if (target !== null) {
        value = undefined;
        yield* eachReceived(input, function* (item) {
          yield* target.send(item);
        });
        yield* closed(target); // Within the scope that is shielded while it drains.
        this.target = null;
      }
    } finally {
      input.close();
    }
    // What is left has nobody to work for.
    tg.cancel();
    source.cancel("nobody receives any more");
    return value;
  }

  /** Does `work`, and keeps in mind which stage was the first to fail. */
  private *named<T>(stage: string, work: OperationGenerator<T>): OperationGenerator<T> {
    try {
      return yield* work;
    } catch (error) {
      if (!isCancelled(error)) this.first ??= { stage, error: unwrapSingle(error) };
      throw error;
    }
  }
}

function* closed(sink: SendTarget<unknown>): OperationGenerator<void> {
  yield* sink.aclose();
}

function close(source: Source<unknown>): void {
  if (source instanceof MemoryObjectReceiveStream) source.close();
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

function isSource(source: unknown): source is Source<unknown> {
  return typeof source === "function" || source instanceof Operation || isPulled(source);
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

/** A writable stream of the web or of Node. */
function isWritable(value: unknown): boolean {
  return has(value, "getWriter") || has(value, "write");
}

function isSendTarget(value: unknown): value is SendTarget<unknown> {
  return has(value, "send") && has(value, "aclose");
}

/** A sink that makes sure that it is none of those stages that would never be consumed. */
function ending(sink: SinkFunction<unknown, unknown>): SinkFunction<unknown, unknown> {
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

/** Refuses what a stage gave, unless it is one stream. */
function checkedOutput(stage: string, output: unknown): void {
  const use = `Cannot use the stage "${stage}": it gave`;
  if (Array.isArray(output) && output.some((part) => part instanceof MemoryObjectReceiveStream)) {
    for (const part of output) if (part instanceof MemoryObjectReceiveStream) part.close();
    throw new TypeError(
      `${use} ${String(output.length)} streams, and only one goes on; merge() them, or consume each of them in a pipeline of its own`,
    );
  }
  if (isPulled(output)) return;
  if (has(output, "subscribe")) {
    throw new TypeError(
      `${use} an Observable, which cannot be told to wait; use rx(…) for operators, or toStream(…, { overflow }) for a source`,
    );
  }
  const what = has(output, "then") ? "a promise" : shown(output);
  throw new TypeError(`${use} ${what}, which has no items; return a receive stream or an async iterable`);
}
