/**
 * The hold on a clock: what keeps the time of a run from passing while code of Effection does what its backend cannot see.
 *
 * While that code waits for work of ours, the backend sees it. Were time held then as well, a sleep of ours would never end.
 *
 * @module
 */

import { type Context, createContext } from "effection";
import type { Backend } from "../port/backend.ts";

export class ClockHold {
  private readonly backend: Backend;
  private held: Disposable | null = null;
  private waits = 0;
  private over = false;

  constructor(backend: Backend) {
    this.backend = backend;
    this.update();
  }

  /** A routine begins to wait for work of ours. Each begin has its end. */
  waitBegins(): void {
    this.waits++;
    this.update();
  }

  /** It goes on. */
  waitEnds(): void {
    this.waits--;
    this.update();
  }

  /** All is done. */
  end(): void {
    this.over = true;
    this.update();
  }

  private update(): void {
    if (!this.over && this.waits === 0) {
      this.held ??= this.backend.hold("an operation of Effection");
      return;
    }
    const { held } = this;
    this.held = null;
    held?.[Symbol.dispose]();
  }
}

/** That of the task of Effection around, in a run of ours whose clock is not Effection's; `null` in one whose clock is. */
export const HeldClock: Context<ClockHold | null> = createContext<ClockHold | null>("anyrx.clock", null);
