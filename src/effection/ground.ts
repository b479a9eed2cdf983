/**
 * Grounds: where code of Effection waits that does not yield: what it awaits, and what it subscribes to.
 *
 * @module
 */

import { type Effect, Ok, type Operation, type Resolve, type Result, type Scope as EffectionScope } from "effection";
import type { Scope } from "../kernel/scope.ts";
import { Home } from "./home.ts";
import { Visit } from "./visit.ts";

const grounds = new WeakMap<EffectionScope, Ground>();

/** The scope of ours for the code that runs in `effection`: cancelled at the end of its task, which waits for what that has begun. */
export function groundOf(effection: EffectionScope): Scope {
  let ground = grounds.get(effection);
  if (ground === undefined) {
    ground = new Ground(effection);
    grounds.set(effection, ground);
    ground.begin(effection);
  }
  return ground.scope;
}

class Ground implements Effect<void> {
  readonly description = "what anyrx waits for";
  private readonly visit: Visit;
  private exited: Resolve<Result<void>> | null = null;
  private over = false;

  constructor(effection: EffectionScope) {
    this.visit = new Visit(Home.of(effection), () => {
      this.over = true;
      this.exited?.(Ok());
    });
  }

  get scope(): Scope {
    return this.visit.cancelScope;
  }

  begin(effection: EffectionScope): void {
    // Halted before it began, it is told so by this alone.
    effection
      .run(() => this.stay())
      .catch(() => {
        this.leave();
      });
  }

  enter(): (exited: Resolve<Result<void>>) => void {
    return (exited) => {
      this.exited = exited;
      if (this.over) exited(Ok());
      else this.leave();
    };
  }

  private leave(): void {
    this.visit.leave();
  }

  private *stay(): Operation<void> {
    yield this;
  }
}
