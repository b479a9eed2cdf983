/**
 * The verdict: what all runs counted, and whether they agree on it.
 *
 * @module
 */

import { amount, number } from "./amount.ts";
import type { Outcome } from "./compare.ts";

/** Whether all runs counted the same. */
export function agree(outcomes: readonly Outcome[]): boolean {
  return new Set(outcomes.map(({ report }) => JSON.stringify(report.sums))).size === 1;
}

/** The last words. */
export function verdict(outcomes: readonly Outcome[]): string[] {
  const lines: string[] = [];
  const [first] = outcomes;
  if (first !== undefined) {
    const { unreadable, top } = first.report.sums;
    lines.push(`Unreadable: ${some(unreadable)}.`);
    lines.push(`Most used identifiers: ${top.map(([name, uses]) => `${name} ${number(uses)}`).join(", ") || "none"}.`);
  }
  const runs = amount(outcomes.length, "run");
  lines.push(agree(outcomes) ? `All ${runs} agree.` : `The ${runs} do not agree.`);
  return lines;
}

/** The first few of `names`. */
function some(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(", ") + (more > 0 ? ` and ${number(more)} more` : "");
}
