/**
 * The stage: the globals of the host, captured once for all runs of a search.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { bound } from "../../kernel/binding.ts";
import { plainScope } from "../../kernel/here.ts";
import type { Job } from "../../port/backend.ts";
import { Capture } from "../capture.ts";
import { Clock } from "../clock.ts";
import { originalOf } from "../originals.ts";
import { isTaken, takeRealm } from "../realm-lock.ts";
import type { PickedTime } from "./picked-time.ts";

/** Follows the clock of the run that goes on. */
class FollowingClock extends Clock {
  /** Its clock; its own before the first run. */
  leader: Clock | null = null;

  override now(): number {
    return this.leader === null ? 0 : this.leader.now();
  }

  override at(time: number, rank: number, job: Job, order?: number): Disposable {
    return this.leader === null ? super.at(time, rank, job, order) : this.leader.at(time, rank, job, order);
  }

  override nextOrder(): number {
    return this.leader === null ? super.nextOrder() : this.leader.nextOrder();
  }
}

/** Where the runs of a search take place, one after the other. */
export class Stage {
  private readonly follower: FollowingClock | null;
  private current: PickedTime | null = null;
  private readonly end: () => void;

  private constructor(follower: FollowingClock | null, end: () => void) {
    this.follower = follower;
    this.end = end;
  }

  /** Takes the globals, when nobody else has them any more. */
  static open(captured: boolean, epoch: number): Promise<Stage> {
    if (!captured) {
      return Promise.resolve(
        new Stage(null, () => {
          // Nothing was taken.
        }),
      );
    }
    if (isTaken() && plainScope()?._engine.backend instanceof Clock) {
      const message =
        'Cannot capture the globals here: another virtual clock has them; end that first, or use { capture: "none" }';
      return Promise.reject(new UsageError(message));
    }
    return new Promise((resolve, reject) => {
      takeRealm((giveBack) => {
        try {
          resolve(Stage.capturing(epoch, giveBack));
        } catch (error) {
          giveBack();
          reject(error);
        }
      });
    });
  }

  private static capturing(epoch: number, giveBack: () => void): Stage {
    const { host } = bound;
    const follower = new FollowingClock(originalOf(host));
    const fail = (error: unknown): void => {
      stage.current?._fail(error);
    };
    const capture = new Capture(follower, epoch, fail);
    const stage = new Stage(follower, () => {
      bound.host = host;
      capture.restore();
      giveBack();
    });
    bound.host = { ...originalOf(host), report: fail };
    return stage;
  }

  /** `time` is that of the run that goes on. */
  enter(time: PickedTime): void {
    this.current = time;
    if (this.follower !== null) this.follower.leader = time._clock;
  }

  /** Gives the globals back. */
  close(): void {
    this.end();
  }
}
