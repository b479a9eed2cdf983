/**
 * Services: children that serve the others of their group, and end with them.
 *
 *     serving ──(the body and every ordinary child have ended)──▶ dismissed ──▶ ended
 *
 * Until it is dismissed a service is shielded from the group's cancellation: what the others do while they clean up may still need it.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import type { AnyBody } from "./body.ts";
import type { Owner } from "./holding.ts";
import type { Scope } from "./scope.ts";
import { Task, type TaskHome } from "./task.ts";

/** The group of a service, as far as the service cares. */
export interface ServedGroup extends TaskHome {
  /** @internal The service, and all work that it left behind, have ended. */
  _served(service: Service): void;
}

/** One service. It stands between its task and the group, so that the group counts it as one, whatever work it has begun. */
export class Service implements TaskHome {
  readonly task: Task;
  private readonly group: ServedGroup;
  private pending = 1;

  constructor(group: ServedGroup, name: string, body: AnyBody, spawner: Task) {
    this.group = group;
    this.task = new Task(this, name, body, spawner);
    this.task.cancelScope.shield = true;
  }

  get name(): string {
    return this.group.name;
  }

  get cancelScope(): Scope {
    return this.group.cancelScope;
  }

  /** Those that it served have ended. */
  dismiss(): void {
    this.task.cancelScope._cancelFor("those that it served have ended", "end");
  }

  _begin(): void {
    this.pending++;
  }

  _end(): void {
    if (--this.pending === 0) this.group._served(this);
  }

  _fail(error: unknown, task?: Owner | null): void {
    this.group._fail(error, task);
  }

  _passed(cancelled: Cancelled): void {
    this.group._passed(cancelled);
  }
}
