/**
 * Residents: one living instance of each class that comes and goes by the thousand.
 *
 * V8 forgets the shape of a class when its last instance is collected, and throws away the code it compiled for it. A server that was idle for
 * a while would begin its next burst in the interpreter. So a few instances stay, blocked for ever, and outside of any tree that is reported.
 *
 * @module
 */

import { Cancelled } from "../base/errors.ts";
import { map } from "../base/rx.ts";
import { bound } from "./binding.ts";
import { perform } from "./body.ts";
import { CancelScope } from "./cancel-scope.ts";
import { checkpoint } from "./checkpoint.ts";
import type { Engine } from "./engine.ts";
import { rootScope } from "./here.ts";
import { unheard } from "./instruments.ts";
import { Operation, type Suspension } from "./operation.ts";
import type { Crew } from "./scope.ts";
import { Task, type TaskHome } from "./task.ts";
import { taskGroup } from "./task-group.ts";
import { operation } from "./work.ts";

const kept: unknown[] = [];

/** Keeps `instances` alive. */
export function keep(...instances: unknown[]): void {
  kept.push(...instances);
}

class Forever extends Operation<never> {
  describe(): string {
    return "for ever";
  }

  _park(): void {
    // Nothing will settle it.
  }
}

let home: CancelScope | null = null;

/** Moves in a resident from above: a body of any style that is blocked for ever. */
export function moveIn(body: () => unknown): void {
  if (home === null) rootScope(); // Makes the home on its way.
  // Outside of any async context: what lives for ever must not keep the task that happened to be first.
  bound.host.store.run(undefined, settleIn, body);
}

function settleIn(body: () => unknown): void {
  unheard(() => {
    perform(home as CancelScope, body, undefined, { _succeed: ignore, _failed: ignore });
  });
}

/** Moves the kernel's residents in. */
export function settleResidents(engine: Engine): void {
  // The deadline is never armed. It is there for the shape.
  const scope = new CancelScope({ name: "residents", deadline: Number.MAX_VALUE });
  const crew: Crew & TaskHome = {
    name: "residents",
    cancelScope: scope,
    _begin: ignore,
    _end: ignore,
    _fail: ignore,
    _passed: ignore,
  };
  scope._root(engine, new Task(crew, "residents", ignore, null), crew);
  home = scope;
  const forever = new Forever();
  function* wait(): Generator<Suspension, void, unknown> {
    yield* checkpoint();
    yield* forever;
  }
  keep(
    forever,
    new Cancelled(),
    checkpoint(),
    operation(wait)(),
    forever._thenIn(scope, scope, ignore, ignore),
    forever._thenIn(scope, scope, ignore, ignore, true),
    new CancelScope().enter(() => forever)._thenIn(scope, scope, ignore, ignore),
    taskGroup(function* (group) {
      keep(
        group,
        group.startSoon(wait),
        group.startSoon(wait),
        group.startSoon(() => forever),
      );
      yield* forever;
    })._thenIn(scope, scope, ignore, ignore),
  );
  moveIn(() => forever.pipe(map(ignore)));
  moveIn(function* () {
    yield* new CancelScope().enter(wait);
  });
}

function ignore(): void {
  // Residents do nothing.
}
