/**
 * Progress: how far each stage of a pipeline has come.
 *
 * @module
 */

import { Observable, type Subscriber } from "../base/rx.ts";
import type { Backend, Job } from "../port/backend.ts";
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

/** How often progress is told, in ms of the backend's clock. */
const EVERY = 100;

/** The progress of one pipeline, and those who watch it. */
export class Progress implements Job {
  /** Emits how far it has come: at once, then every 100 ms while it runs, and at its end. */
  readonly changes$: Observable<PipelineProgress>;
  private edges: readonly Edge<never>[] = [];
  private readonly watchers: Set<Subscriber<PipelineProgress>> = new Set<Subscriber<PipelineProgress>>();
  private backend: Backend | null = null;
  private timer: Disposable | null = null;
  private done = false;

  constructor() {
    this.changes$ = new Observable((subscriber) => {
      subscriber.next(this.now());
      if (this.done) {
        subscriber.complete();
        return undefined;
      }
      this.watchers.add(subscriber);
      this.arm();
      return () => {
        this.watchers.delete(subscriber);
        if (this.watchers.size === 0) this.disarm();
      };
    });
  }

  /** A run of the pipeline begins. Its edges are still to be made. */
  begin(backend: Backend, edges: readonly Edge<never>[]): void {
    this.disarm(); // The clock may be another one.
    this.edges = edges;
    this.done = false;
    this.backend = backend;
    this.arm();
  }

  /** That run has ended. When another one has begun since, that is the one to tell of. */
  end(edges: readonly Edge<never>[]): void {
    if (edges !== this.edges) return;
    this.disarm();
    this.backend = null;
    this.done = true;
    this.tell();
    for (const watcher of [...this.watchers]) watcher.complete();
  }

  /** Time to tell. */
  run(): void {
    this.timer = null;
    this.tell();
    this.arm();
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
    for (const watcher of [...this.watchers]) watcher.next(now);
  }

  private arm(): void {
    const { backend } = this;
    if (backend === null || this.timer !== null || this.watchers.size === 0) return;
    this.timer = backend.arm(backend.now() + EVERY, this);
  }

  private disarm(): void {
    this.timer?.[Symbol.dispose]();
    this.timer = null;
  }
}
