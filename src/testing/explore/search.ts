/**
 * Searches: which runs are made, one after the other.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { byPriority, type Chooser, evenly, inOrder, randomOf, unevenly } from "./chooser.ts";
import type { Fault, FaultKind } from "./replay.ts";
import type { Choice, Outcome } from "./round.ts";

/** What the next run is. */
export interface Next {
  readonly choose: Chooser;
  readonly fault: Fault | null;
}

/** A way to go through the runs of a program. */
export interface Search {
  /** The run number `round`, from 1; `null` when none is left. */
  next(round: number): Next | null;
  /** How the last one went: it did not fail. */
  went(outcome: Outcome): void;
}

/** Orders that are drawn, after the default one; with a fault at a checkpoint that is drawn, too. */
export class DrawnOrders implements Search {
  private readonly seed: number;
  private readonly inject: FaultKind | null;
  /** How many change points there are, and one more; `null` for orders that are drawn choice by choice. */
  private readonly depth: number | null;
  private checkpoints = 0;
  private length = 1;

  constructor(seed: number, inject: FaultKind | null, depth: number | null) {
    this.seed = seed;
    this.inject = inject;
    this.depth = depth;
  }

  next(round: number): Next {
    if (round === 1) return { choose: inOrder, fault: null };
    const { seed, inject, depth, length } = this;
    const random = randomOf(seed, round);
    const at = inject === null || this.checkpoints === 0 ? 0 : 1 + Math.floor(random() * this.checkpoints);
    const fault = inject === null || at === 0 ? null : { kind: inject, at };
    const choose =
      depth !== null ? byPriority(random, depth, length) : round % 3 === 0 ? unevenly(random) : evenly(random);
    return { choose, fault };
  }

  went({ choices, checkpoints }: Outcome): void {
    this.length = Math.max(this.length, choices.length);
    this.checkpoints = Math.max(this.checkpoints, checkpoints);
  }
}

/** The default order, with a fault at each checkpoint in turn; first without one. */
export class EachCheckpoint implements Search {
  private readonly inject: FaultKind;
  private checkpoints = 0;

  constructor(inject: FaultKind) {
    this.inject = inject;
  }

  next(round: number): Next | null {
    if (round === 1) return { choose: inOrder, fault: null };
    return round - 1 > this.checkpoints ? null : { choose: inOrder, fault: { kind: this.inject, at: round - 1 } };
  }

  went({ checkpoints, struck }: Outcome): void {
    if (struck === null) this.checkpoints = checkpoints;
  }
}

/** Every order, depth first: the last choice that has another candidate left takes that one. With faults: every order for each checkpoint. */
export class AllOrders implements Search {
  private readonly inject: FaultKind | null;
  private prefix: readonly Choice[] | null = [];
  private at = 0;
  private reached = true;

  constructor(inject: FaultKind | null) {
    this.inject = inject;
  }

  next(): Next | null {
    const { prefix, inject, at } = this;
    if (prefix === null) return null;
    const fault = inject === null || at === 0 ? null : { kind: inject, at };
    return { choose: exactly(prefix), fault };
  }

  went({ choices, struck }: Outcome): void {
    if (struck !== null) this.reached = true;
    this.prefix = following(choices);
    if (this.prefix !== null || this.inject === null || !this.reached) return;
    this.prefix = [];
    this.at++;
    this.reached = false;
  }
}

/** The choices of the next run, up to the first that differs. */
function following(choices: readonly Choice[]): Choice[] | null {
  for (let i = choices.length; i-- > 0;) {
    const { at, of } = choices[i] as Choice;
    if (at + 1 < of) return [...choices.slice(0, i), { at: at + 1, of }];
  }
  return null;
}

/** The choices of an earlier run, which must come again. */
function exactly(prefix: readonly Choice[]): Chooser {
  let made = 0;
  return ({ length }) => {
    const choice = prefix[made++];
    if (choice === undefined) return 0;
    if (choice.of === length) return choice.at;
    throw new UsageError(
      `Cannot explore every order: choice ${String(made)} was one of ${String(choice.of)} candidates in one run, and is one of ${String(length)} now; ` +
        "leave out what makes runs differ, such as real work, random numbers or what an earlier run left",
    );
  };
}
