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
import { CancelScope } from "./cancel-scope.ts";
import type { Owner } from "./holding.ts";
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
  /** Around its task, and whatever that leaves behind. */
  readonly cancelScope: CancelScope = new CancelScope({ shield: true });
  private pending = 1;

  constructor(group: ServedGroup, name: string, body: AnyBody, spawner: Task) {
    this.group = group;
    this.task = new Task(this, name, body, spawner);
    this.cancelScope._open(group.cancelScope);
    this.cancelScope._crew = this;
  }

  get name(): string {
    return this.group.name;
  }

  /** Those that it served have ended. */
  dismiss(): void {
    this.cancelScope._cancelFor("those that it served have ended", "end");
  }

  _begin(): void {
    this.pending++;
  }

  _end(): void {
    if (--this.pending > 0) return;
    this.cancelScope._close(undefined);
    this.group._served(this);
  }

  _fail(error: unknown, task?: Owner | null): void {
    this.group._fail(error, task);
  }

  _passed(cancelled: Cancelled): void {
    if (this.cancelScope._interrupt === null) this.group._passed(cancelled);
  }
}
