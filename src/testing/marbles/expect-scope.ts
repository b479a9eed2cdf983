/**
 * What is expected of a cancel scope: when it is cancelled, and when it is left.
 *
 * @module
 */

import type { Cancelled } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";
import { Member, Scope } from "../../kernel/scope.ts";
import type { Diagram } from "../notation/moment.ts";
import { parseScope } from "./parse-scope.ts";
import { Expectation, type ExpectationOptions } from "./expectation.ts";
import type { Recording } from "./recording.ts";
import { ownName } from "./own-name.ts";
import type { TestStage } from "./watched.ts";

/** A scope, or what has one: a task group, a task. */
export type ScopeLike = Scope | { readonly cancelScope: Scope };

/** What is expected of a scope. */
export interface ScopeExpectation {
  /**
   * Says when it is cancelled, by itself or from outside (`!`), and when it is left (`|`): `--!--|`.
   *
   * @throws {MarbleSyntaxError} When it is no diagram.
   */
  toBe(marbles: string): void;
}

/** Watches a scope, as a member of it. */
export class WatchedScope extends Expectation implements ScopeExpectation {
  private readonly watch: Watch;

  constructor(stage: TestStage, given: ScopeLike, options: ExpectationOptions = {}) {
    const scope = given instanceof Scope ? given : (given as { cancelScope?: unknown } | null | undefined)?.cancelScope;
    if (!(scope instanceof Scope)) {
      throw new TypeError(
        `Cannot watch ${shown(given)}: it is no scope; pass a CancelScope, or what has a cancelScope, such as a task group`,
      );
    }
    super(stage, "scope", options.name ?? ownName(given) ?? ownName(scope));
    this.watch = new Watch(scope, this.recording);
    stage.keep(this.watch);
  }

  protected override parse(marbles: string): Diagram {
    return parseScope(marbles);
  }

  protected override stop(): void {
    this.stage.drop(this.watch);
    this.watch[Symbol.dispose]();
  }
}

class Watch extends Member implements Disposable {
  private readonly recording: Recording;
  private told = false;

  constructor(scope: Scope, recording: Recording) {
    super();
    this.recording = recording;
    if (scope._interrupt !== null) this.cancelled();
    if (scope._over) this.left();
    else this._join(scope);
  }

  override _tell(cancelled: Cancelled | null): void {
    if (cancelled !== null) this.cancelled();
  }

  override _inherit(): void {
    this.left();
  }

  [Symbol.dispose](): void {
    this._part();
    this.recording.close();
  }

  /** A shield may go up and down again: the first time counts. */
  private cancelled(): void {
    if (this.told) return;
    this.told = true;
    this.recording.unsubscribe();
  }

  private left(): void {
    this._part();
    this.recording.complete();
    this.recording.close();
  }
}
