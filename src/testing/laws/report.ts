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
}

/** Whether `law` is what `exemption` is for. */
export function covers(exemption: Exemption, law: Law): boolean {
  return exemption.law === law.id && (exemption.title === undefined || exemption.title === law.title);
}

/** Checks every law on one engine. Throws nothing that a law breaks: it is in the report. */
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
  return { ok: broken.length === 0 && stale.length === 0, held, broken, exempt, stale };
}
