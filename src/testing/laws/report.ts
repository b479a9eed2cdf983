/**
 * The report: every law, in every style, on one engine.
 *
 * @module
 */

import { checkLaw, type LawBackend, LawBrokenError } from "./check.ts";
import { laws as allLaws } from "./laws.ts";
import type { Law } from "./law.ts";
import { type Style, styles as allStyles } from "./styles.ts";

/** A law that an engine cannot keep, and why. It fails the report once the law holds. */
export interface Exemption {
  /** The law's id. */
  readonly law: string;
  /** One clause of it; all of them when left out. */
  readonly title?: string | undefined;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Options of {@link checkLaws}. */
export interface CheckLawsOptions {
  readonly laws?: readonly Law[] | undefined;
  readonly styles?: readonly Style[] | undefined;
  readonly exemptions?: readonly Exemption[] | undefined;
  /** How many laws run at the same time. Default 8; more is faster, and makes a real clock less exact. */
  readonly concurrency?: number | undefined;
}

/** What came of it. */
export interface LawReport {
  /** Whether every law holds that is not exempt, and no exemption is stale. */
  readonly ok: boolean;
  /** How many checks held. */
  readonly held: number;
  readonly broken: readonly LawBrokenError[];
  /** Broken as announced. */
  readonly exempt: readonly LawBrokenError[];
  /** Exemptions whose law holds by now, or does not exist. */
  readonly stale: readonly Exemption[];
  /** All of it as a text, the laws of the loop first: mend those, and others may hold as well. */
  toString(): string;
}

/** How many broken laws are shown with their logs. The others are named. */
const SHOWN = 5;

/** Whether `law` is what `exemption` is for. */
export function covers(exemption: Exemption, law: Law): boolean {
  return exemption.law === law.id && (exemption.title === undefined || exemption.title === law.title);
}

/**
 * Checks every law on one engine. Throws nothing that a law breaks: it is in the report.
 *
 * @example
 * import { run } from "anyrx";
 * import { laws } from "anyrx/testing/laws";
 * const backend: LawBackend = { name: "virtual", clock: "exact", run: (main, signal) => run(main, { backend: "virtual", signal }) };
 * const report = await checkLaws(backend, { laws: laws.filter(({ id }) => id.startsWith("L")) });
 * report.ok; // => true
 * String(report); // => 'The backend "virtual" keeps all 12 laws, in async, generator and observable style'
 */
export async function checkLaws(backend: LawBackend, options: CheckLawsOptions = {}): Promise<LawReport> {
  const { laws = allLaws, styles = allStyles, exemptions = [], concurrency = 8 } = options;
  const broken: LawBrokenError[] = [];
  const exempt: LawBrokenError[] = [];
  const needed = new Set<Exemption>();
  let held = 0;
  const queue = laws.flatMap((law) => styles.map((style) => ({ law, style })));
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { law, style } = next;
      try {
        await checkLaw(law, { backend, style });
        held++;
      } catch (error) {
        if (!(error instanceof LawBrokenError)) throw error;
        const excuse = exemptions.find((exemption) => covers(exemption, law));
        if (excuse === undefined) broken.push(error);
        else {
          needed.add(excuse);
          exempt.push(error);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const stale = exemptions.filter((exemption) => !needed.has(exemption));
  const ok = broken.length === 0 && stale.length === 0;
  const order = (error: LawBrokenError): number => laws.indexOf(error.law);
  broken.sort((a, b) => order(a) - order(b));
  const toString = (): string => {
    const subject = `the backend "${backend.name}"`;
    return ok ? praise(subject, laws, styles, exempt) : complaint(subject, laws, broken, stale);
  };
  return { ok, held, broken, exempt, stale, toString };
}

function praise(
  subject: string,
  laws: readonly Law[],
  styles: readonly Style[],
  exempt: readonly LawBrokenError[],
): string {
  const exceptions = new Set(exempt.map(({ law }) => law)).size;
  const names = styles.map(({ name }) => name);
  const but = exceptions === 0 ? "" : ` but ${String(exceptions)} that ${exceptions === 1 ? "is" : "are"} exempt`;
  return `T${subject.slice(1)} keeps all ${String(laws.length)} laws${but}, in ${listed(names)} style`;
}

function complaint(
  subject: string,
  laws: readonly Law[],
  broken: readonly LawBrokenError[],
  stale: readonly Exemption[],
): string {
  const byLaw = new Map<Law, LawBrokenError[]>();
  for (const error of broken) byLaw.set(error.law, [...(byLaw.get(error.law) ?? []), error]);
  const lines: string[] = [];
  if (byLaw.size > 0)
    lines.push(
      `Cannot accept ${subject}: it breaks ${String(byLaw.size)} of ${String(laws.length)} laws; mend the first one first`,
    );
  for (const [law, errors] of byLaw) {
    lines.push("", `${law.id}: ${law.title} (${listed(errors.map((error) => error.subject.style.name))} style)`);
    if (lines.filter((line) => line === "").length <= SHOWN) lines.push((errors[0] as LawBrokenError).comparison);
    else lines.splice(-2, 1);
  }
  for (const { law, title, reason } of stale)
    lines.push(
      "",
      `${law}${title === undefined ? "" : `: ${title}`}: exempt, since ${reason}; but it holds, or is no law`,
    );
  return lines.join("\n").trim();
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
