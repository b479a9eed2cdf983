/**
 * Diagnostics channels: what tasks do, published for those who watch the process.
 *
 * @module
 */

import type { Cancelled } from "../../base/cancelled.ts";
import type { Channels } from "../../port/host.ts";
import type { Informant, TaskOutcome } from "../../port/recorder.ts";

/** What is published, each on a channel of its own: the names that an `Instrument` has for it. */
const EVENTS = ["taskSpawned", "taskStarted", "taskBlocked", "taskResumed", "taskExited", "scopeCancelled"] as const;

type Event = (typeof EVENTS)[number];

/** The channels `anyrx:taskSpawned` and so on, of `node:diagnostics_channel`. */
export class DiagnosticsChannels implements Channels {
  private readonly channels = new Map(
    EVENTS.map((event) => [event, process.getBuiltinModule("node:diagnostics_channel").channel(`anyrx:${event}`)]),
  );
  /** Who waits in which wait: a wait that is over no longer knows its scope. */
  private readonly waiting = new WeakMap<object, object>();

  get hasSubscribers(): boolean {
    return EVENTS.some((event) => this.channels.get(event)?.hasSubscribers);
  }

  spawned(task: Informant): void {
    this.publish("taskSpawned", { task: task.info() });
  }

  started(task: Informant): void {
    this.publish("taskStarted", { task: task.info() });
  }

  blocked(wait: object, informant: Informant, on: string): void {
    const task = informant.info();
    this.waiting.set(wait, task);
    this.publish("taskBlocked", { task, on });
  }

  resumed(wait: object): void {
    const task = this.waiting.get(wait);
    if (task === undefined) return; // It began before anybody subscribed, or did not have to wait.
    this.waiting.delete(wait);
    this.publish("taskResumed", { task });
  }

  exited(task: Informant, outcome: TaskOutcome): void {
    this.publish("taskExited", { task: task.info(), outcome });
  }

  cancelled({ name: scope }: { readonly name: string }, cancelled: Cancelled): void {
    this.publish("scopeCancelled", { scope, cancelled });
  }

  opened(): void {
    // There is no channel for it.
  }

  closed(): void {
    // There is no channel for it.
  }

  private publish(event: Event, message: object): void {
    this.channels.get(event)?.publish(message);
  }
}
