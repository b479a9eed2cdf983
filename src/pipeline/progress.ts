/**
 * Progress: how far each stage of a pipeline has come.
 *
 * @module
 */

import { Observable, type Subscriber } from "../base/rx.ts";
import { plainScope } from "../kernel/here.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Backend, Job } from "../port/backend.ts";
import { callIn } from "../rx/living.ts";
import type { Edge } from "./edge.ts";

/** How far one stage has come. */
export interface StageProgress {
  /** Its name; `"source"` and `"sink"` for the ends. */
  readonly name: string;
  /** How many items it has taken. */
  readonly in: number;
  /** How many items it has sent on. */
  readonly out: number;
  /** How many of its tasks wait for the next stage to take an item. */
  readonly waiting: number;
  /** How many items are in the buffer between it and the next stage. */
  readonly buffered: number;
}

/** How far a pipeline has come. */
export interface PipelineProgress {
  /** The source, each stage and the sink, in this order. */
  readonly stages: readonly StageProgress[];
  /** Whether it has ended. */
  readonly done: boolean;
}

/** How long after a change it is told, in ms of the backend's clock: what changes meanwhile is told with it. */
const AFTER = 100;

/**
 * The progress of one pipeline, and those who watch it.
 *
 *     still ──something changes──▶ timed ──100 ms──▶ told to all ──▶ still
 *
 * No timer runs while nothing changes: a pipeline that is stuck is to look like it. Nothing at all is done for it while nobody watches.
 */
export class Progress implements Job {
  /** Emits how far it has come: at once, then 100 ms after something changed, and at its end. */
  readonly changes$: Observable<PipelineProgress>;
  private edges: readonly Edge<never>[] = [];
  /** Those who watch, and where they are. */
  private readonly watchers = new Map<Subscriber<PipelineProgress>, Scope | null>();
  private backend: Backend | null = null;
  private timer: Disposable | null = null;
  private done = false;
  private readonly moved = (): void => {
    this.arm();
  };

  constructor() {
    this.changes$ = new Observable((subscriber) => {
      subscriber.next(this.now());
      if (this.done) {
        subscriber.complete();
        return undefined;
      }
      this.watchers.set(subscriber, plainScope());
      this.listen(this.moved);
      return () => {
        this.watchers.delete(subscriber);
        if (this.watchers.size === 0) this.rest();
      };
    });
  }

  /** A run of the pipeline begins. Its edges are still to be made. */
  begin(backend: Backend, edges: readonly Edge<never>[]): void {
    this.rest(); // The clock may be another one.
    this.edges = edges;
    this.done = false;
    this.backend = backend;
  }

  /** One more edge was made, which has nothing to tell yet. */
  made(edges: readonly Edge<never>[]): void {
    if (edges === this.edges) this.arm();
  }

  /** That run has ended. When another one has begun since, that is the one to tell of. */
  end(edges: readonly Edge<never>[]): void {
    if (edges !== this.edges) return;
    this.rest();
    this.backend = null;
    this.done = true;
    const watchers = [...this.watchers.keys()]; // One that comes now watches the next run.
    this.tell();
    for (const watcher of watchers) watcher.complete();
  }

  /** Time to tell. */
  run(): void {
    this.timer = null;
    this.listen(this.moved);
    this.tell();
  }

  private now(): PipelineProgress {
    let before = 0;
    const stages: StageProgress[] = this.edges.map((edge, i) => {
      const { name, sent, waiting, buffered } = edge;
      const taken = i === 0 ? sent : before;
      before = edge.taken;
      return { name, in: taken, out: sent, waiting, buffered };
    });
    if (stages.length > 0) stages.push({ name: "sink", in: before, out: 0, waiting: 0, buffered: 0 });
    return { stages, done: this.done };
  }

  private tell(): void {
    if (this.watchers.size === 0) return;
    const now = this.now();
    for (const [watcher, scope] of [...this.watchers]) {
      callIn(
        scope,
        (progress) => {
          watcher.next(progress);
        },
        now,
      );
    }
  }

  private arm(): void {
    const { backend } = this;
    if (backend === null || this.timer !== null || this.watchers.size === 0) return;
    this.listen(null);
    this.timer = backend.arm(backend.now() + AFTER, this);
  }

  private rest(): void {
    this.listen(null);
    this.timer?.[Symbol.dispose]();
    this.timer = null;
  }

  private listen(tell: (() => void) | null): void {
    if (this.timer !== null) return;
    for (const edge of this.edges) edge.whenMoved(tell);
  }
}
