/**
 * Checks: a law, an engine and a style go in; a broken law comes out as an error that can be read.
 *
 * @module
 */

import { isTaskGroupError } from "../../base/errors.ts";
import { bound } from "../../kernel/binding.ts";
import type { HostAbortSignal } from "../../port/host.ts";
import { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import { type Entry, matches, sideBySide, type Tolerance } from "./log.ts";
import type { Style, Styled } from "./styles.ts";

/** An engine, as far as a law cares. */
export interface LawBackend {
  /** What it is called in messages. */
  readonly name: string;
  /**
   * Runs a program on it: `(main, signal) => run(main, { backend, signal })`.
   *
   * @param signal - It is aborted when the law is given up: what drives the engine may stop then.
   */
  run(main: () => Styled<unknown>, signal: HostAbortSignal): Promise<unknown>;
  /** Whether its clock is the real one, which may be late, or one that is exact. Default `"real"`. */
  readonly clock?: "real" | "exact" | undefined;
  /** After how many real ms a law that has not ended is called stuck. On a real clock it is tried once more then, slowly. Default 4,000. */
  readonly patience?: number | undefined;
}

/** Whom a law is checked with. */
export interface LawSubject {
  readonly backend: LawBackend;
  readonly style: Style;
}

/** A law does not hold. */
export class LawBrokenError extends Error {
  readonly #law: Law;
  readonly #subject: LawSubject;
  readonly #comparison: string;

  static {
    Object.defineProperty(this.prototype, "name", { value: "LawBrokenError", writable: true, configurable: true });
  }

  constructor(law: Law, subject: LawSubject, comparison: string, options?: ErrorOptions) {
    const { backend, style } = subject;
    super(
      `Cannot accept the backend "${backend.name}": it breaks ${law.id} in ${style.name} style, "${law.title}"; compare the logs\n${comparison}`,
      options,
    );
    this.#law = law;
    this.#subject = subject;
    this.#comparison = comparison;
  }

  // Getters: a test framework that lists the properties of an error would repeat the message.

  /** The law. */
  get law(): Law {
    return this.#law;
  }

  /** Who broke it. */
  get subject(): LawSubject {
    return this.#subject;
  }

  /** The expected log and the actual one, side by side, with a mark at each line that differs. */
  get comparison(): string {
    return this.#comparison;
  }
}

/** A real clock may make two moments one when the machine is busy. So a law that fails there is tried again, slower each time. */
const SCALES = { exact: [1], real: [1, 4, 16] } as const;
/** After how many real ms a law that has not ended is called stuck. */
const PATIENCE = 4_000;

/**
 * Checks one law.
 *
 * @throws {LawBrokenError} When it does not hold.
 */
export async function checkLaw(law: Law, subject: LawSubject): Promise<void> {
  const clock = subject.backend.clock ?? "real";
  let broken: LawBrokenError | null = null;
  const scales: number[] = [...SCALES[clock]];
  for (let scale = scales.shift(); scale !== undefined; scale = scales.shift()) {
    const { entries, error, stuck } = await write(law, subject, scale);
    // Timers of ms are a ms early or late; and 8 of 10 ms may be lost before two moments of a law, 10 ms apart, meet.
    const tolerance: Tolerance = clock === "exact" ? { early: 0, late: 0 } : { early: 1.5 / scale, late: 8 };
    if (matches(entries, law.expected, tolerance)) return;
    broken = new LawBrokenError(law, subject, sideBySide(entries, law.expected, tolerance), { cause: error });
    // One that is stuck may be so because two moments met. It is tried once more, as slowly as can be: it takes long to tell.
    if (stuck) scales.splice(0, scales.length - 1);
  }
  if (broken !== null) throw broken;
}

interface Written {
  readonly entries: readonly Entry[];
  readonly error: unknown;
  readonly stuck: boolean;
}

/** Runs the law once. An error that it let out is the last entry. */
async function write(law: Law, { backend, style }: LawSubject, scale: number): Promise<Written> {
  const kit = new Kit(style, scale);
  const { patience: limit = PATIENCE } = backend;
  const givenUp = bound.host.abortController();
  let patience: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<"stuck">((resolve) => {
    patience = setTimeout(resolve, limit, "stuck");
  });
  const main = kit.body(function* () {
    kit.begin();
    yield* law.body(kit);
  });
  try {
    if ((await Promise.race([backend.run(main, givenUp.signal), stuck])) === "stuck") {
      kit.log(`(still running after ${String(limit)} ms)`);
      const entries = [...kit.entries];
      givenUp.abort("the law is given up");
      return { entries, error: undefined, stuck: true };
    }
    return { entries: kit.entries, error: undefined, stuck: false };
  } catch (error) {
    kit.log(`threw!${kit.shown(error)}`);
    return {
      entries: kit.entries,
      error: isTaskGroupError(error) ? (error.errors[0] as unknown) : error,
      stuck: false,
    };
  } finally {
    clearTimeout(patience);
  }
}
