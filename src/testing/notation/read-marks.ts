/**
 * Reading a diagram: where on the line of time each of its marks stands.
 *
 * What all diagrams have in common is read here: free space, dashes, groups, time words and the zero point. Which marks there are, and what they
 * mean, is the business of who asks.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { MarbleSyntaxError } from "./marble-syntax-error.ts";
import { type Named, timeWordAt } from "./time-word.ts";

/** One mark of a diagram. */
export interface Mark {
  readonly mark: string;
  /** In ms; counted from the zero point, where there is one. */
  readonly time: number;
  /** Its index, in code points. */
  readonly column: number;
}

/** What kind of diagram it is. */
export interface Grammar {
  /** Whether `^` is the zero point, and no mark. */
  readonly zero: boolean;
  /** The letters that are marks, for time words: see there. */
  readonly named: Named;
  readonly letters?: string;
  /** Whether events may be put together in `( )`. */
  readonly groups: boolean;
  /** Refuses a character that is no mark of this kind of diagram. */
  check(mark: string, refuse: (state: string, wayOut: string) => never): void;
}

/** A diagram that was read. */
export interface Reading {
  readonly marks: readonly Mark[];
  readonly origin: number;
  readonly length: number;
}

/** Reads `marbles`. @throws {MarbleSyntaxError} When they break a rule. */
export function readMarks(marbles: string, grammar: Grammar): Reading {
  if (typeof marbles !== "string") {
    throw new MarbleSyntaxError(
      String(marbles),
      0,
      `they are ${shown(marbles)}, not a string`,
      'pass a string such as "--a--|"',
    );
  }
  if (marbles.trim() === "") {
    throw new MarbleSyntaxError(
      marbles,
      0,
      "nothing is drawn",
      'draw a dash, "-", for a line on which nothing happens',
    );
  }
  return new Reader(marbles, grammar).read();
}

class Reader {
  private readonly marbles: string;
  private readonly grammar: Grammar;
  private marks: Mark[] = [];
  /** Where in the string, and at which column, the reader is. */
  private index = 0;
  private column = 0;
  /** The time of the next mark; and the same without the width of the marks before it, which is how far back an instant may reach. */
  private clock = 0;
  private floor = 0;
  private start = 0;
  private longest = 0;
  /** Whether the times are counted from the zero point already. */
  private settled = false;
  private group: { readonly time: number; readonly column: number } | null = null;
  private zeroSeen = false;

  constructor(marbles: string, grammar: Grammar) {
    this.marbles = marbles;
    this.grammar = grammar;
  }

  read(): Reading {
    const { marbles } = this;
    while (this.index < marbles.length) {
      const mark = String.fromCodePoint(marbles.codePointAt(this.index)!);
      if (/\s/.test(mark)) this.pass(mark);
      else if (!this.timeWord()) this.take(mark);
      this.longest = Math.max(this.longest, this.clock);
    }
    if (this.group !== null) {
      this.refuse("the group that opens here is never closed", 'write ")" after its last event', this.group.column);
    }
    return { marks: this.marks, origin: 0 - this.start, length: this.longest - this.start };
  }

  private pass(text: string): void {
    this.index += text.length;
    this.column += Array.from(text).length;
  }

  private refuse(state: string, wayOut: string, column = this.column): never {
    throw new MarbleSyntaxError(this.marbles, column, state, wayOut);
  }

  private take(mark: string): void {
    if (mark === "-") this.advance(1);
    else if (mark === "(") this.open();
    else if (mark === ")") this.close();
    else if (mark === "^" && this.grammar.zero) this.zero();
    else {
      this.grammar.check(mark, (state, wayOut) => this.refuse(state, wayOut));
      const time = this.group?.time ?? this.clock;
      this.marks.push({ mark, time, column: this.column });
      this.floor = time;
      this.clock++;
    }
    this.pass(mark);
  }

  private advance(ms: number): void {
    this.clock += ms;
    // A dash in a group only takes room, as in RxJS: everything in it happens at its start.
    if (this.group === null) this.floor += ms;
  }

  private open(): void {
    if (!this.grammar.groups) this.refuse("there are no groups in a diagram of one time", 'leave out "("');
    if (this.group !== null)
      this.refuse("groups cannot be nested", "close the first one before, or leave this one out");
    this.group = { time: this.clock, column: this.column };
    this.floor = this.clock++;
  }

  private close(): void {
    if (this.group === null) this.refuse("no group is open here", 'write "(" before the first event of the group');
    this.group = null;
    this.clock++;
  }

  private zero(): void {
    if (this.zeroSeen) this.refuse("a line has one zero point, and this is the second", 'leave one "^" out');
    this.zeroSeen = true;
    const now = this.group?.time ?? this.clock;
    if (this.settled) {
      if (now !== 0) {
        const state = `"^" is the zero point, and the instants before it make this t=${String(now)} ms`;
        this.refuse(state, 'move the "^", or the instants');
      }
    } else {
      this.settle(now);
    }
    if (this.group === null) this.floor = this.clock;
    this.clock++;
  }

  /** From here on times count from the zero point, which is now called `now`. */
  private settle(now: number): void {
    this.settled = true;
    if (now === 0) return;
    this.marks = this.marks.map((mark) => ({ ...mark, time: mark.time - now }));
    this.start -= now;
    this.longest -= now;
    this.clock -= now;
    this.floor -= now;
    if (this.group !== null) this.group = { ...this.group, time: this.group.time - now };
  }

  /** Takes a duration or an instant, if there is one. */
  private timeWord(): boolean {
    const { named, letters } = this.grammar;
    const word = timeWordAt(this.marbles, this.index, named, letters);
    if (word === null) return false;
    const { text, ms, at, trouble } = word;
    if (trouble === "unit") this.refuse(`"${text}" is no time: the units are ms, s and m`, `write such as "10ms"`);
    if (trouble === "space") this.refuse(`"${text}" is no duration`, `leave out the space, as in "10ms"`);
    if (ms === null) {
      const values = Array.from(text).join(" ");
      const state = `"${text}" touches a letter, so it may be a time or values`;
      this.refuse(state, `write " ${text} " for the time, "${values}" for the values`);
    }
    if (!Number.isFinite(ms)) this.refuse(`"${text.slice(0, 20)}…" is longer than time`, "write a shorter one");
    if (this.group !== null) this.refuse("everything in a group happens at once", `move "${text}" out of the group`);
    if (at) this.jump(text, ms);
    else this.advance(ms);
    this.pass(text);
    return true;
  }

  private jump(text: string, to: number): void {
    const first = this.clock === 0 && this.marks.length === 0 && !this.settled;
    if (first) {
      this.start = this.longest = to;
    } else if (to < this.floor) {
      this.refuse(`"${text}" goes back: it is t=${String(this.floor)} ms already`, "draw what happens in order");
    }
    this.settled = true;
    this.clock = this.floor = to;
  }
}
