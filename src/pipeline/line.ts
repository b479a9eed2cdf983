/**
 * Lines: one run of a pipeline, from its first item to its last.
 *
 *     source ──edge──▶ stage ──edge──▶ … ──edge──▶ sink        what is right of the source is in a scope of its own, shielded where it drains
 *
 * One noun; long for the ways in which a source gives its items, and in which each part may end.
 *
 * @module
 */

import { BrokenResourceError, isCancelled } from "../base/errors.ts";
import { unwrapSingle } from "../base/task-group-error.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { shown } from "../kernel/checks.ts";
import { currentScope } from "../kernel/current.ts";
import { isGeneratorFunction } from "../kernel/frame.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import type { Failure } from "../kernel/scope.ts";
import type { Task } from "../kernel/task.ts";
import { type TaskGroup, taskGroup } from "../kernel/task-group.ts";
import { operation } from "../kernel/work.ts";
import { has } from "../rx/pull-sources.ts";
import type { SendTarget } from "../rx/send-target.ts";
import {
  createMemoryObjectStream,
  MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
} from "../stream/memory-object-stream.ts";
import { acloseForcefully } from "../stream/resource.ts";
import { type AnyItems, eachItem } from "../tasks/each-item.ts";
import { isPulled } from "./checks.ts";
import { claim } from "./claims.ts";
import { eachReceived } from "./each-received.ts";
import { Edge } from "./edge.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { Progress } from "./progress.ts";
import { type Stage, streamOf } from "./stage.ts";
import { ending, isSendTarget, type Sink, type Source } from "./ends.ts";
import { builtIn, type Workshop } from "./workshop.ts";

/** What a pipeline was made of. */
export interface Plan {
  readonly name: string;
  readonly source: Source<unknown>;
  readonly stages: readonly Stage<unknown, unknown>[];
  readonly sink: Sink<unknown, unknown>;
  readonly maxBufferSize: number;
  readonly drain: boolean;
  readonly progress: Progress;
}

/** One run of a pipeline. */
export class Line implements Workshop {
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
