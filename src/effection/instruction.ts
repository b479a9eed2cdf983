/**
 * Instructions: what a generator of Effection yields to wait for work of ours.
 *
 * @module
 */

import { type Coroutine, type Effect, Err, Ok, type Resolve, type Result } from "effection";
import type { AnyBody } from "../kernel/body.ts";
import { Operation } from "../kernel/operation.ts";
import { described } from "../kernel/waiter.ts";
import { HeldClock } from "./clock-hold.ts";
import { Home } from "./home.ts";
import { outside } from "./outside.ts";
import { Visit, type VisitEnd } from "./visit.ts";

/** One wait of a routine of Effection for work of ours. A halt lasts until that has cleaned up. */
export class Instruction<T> implements Effect<T> {
  private readonly work: Operation<T> | AnyBody;
  private visit: Visit | null = null;
  private over = false;
  private done: ((end: VisitEnd) => void) | null = null;

  constructor(work: Operation<T> | AnyBody) {
    this.work = work;
  }

  get description(): string {
    return this.work instanceof Operation ? described(this.work) : `the end of ${this.work.name || "an operation"}`;
  }

  /** Whether Effection has taken it up. */
  get entered(): boolean {
    return this.visit !== null;
  }

  /** The routine ends here: it was halted with the value under way, and another routine's step in between. */
  forgo(): void {
    this.visit?.takeBack();
  }

  enter(resolve: Resolve<Result<T>>, routine: Pick<Coroutine, "scope">): (exited: Resolve<Result<void>>) => void {
    this.done = (end) => {
      if (end !== null) resolve("error" in end ? Err(end.error) : Ok(end.value as T));
    };
    const hold = routine.scope.get(HeldClock);
    const visit = (this.visit = new Visit(Home.of(routine.scope), (end) => {
      this.over = true;
      hold?.waitEnds();
      outside(() => this.done?.(end));
    }));
    hold?.waitBegins();
    visit.begin(this.work);
    return (exited) => {
      if (this.over) {
        exited(Ok());
        return;
      }
      // Asked twice, it answers once: each answer would let the routine go on.
      this.done = (end) => {
        exited(end !== null && "error" in end ? Err(end.error) : Ok());
      };
      visit.halt();
    };
  }
}
