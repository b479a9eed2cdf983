/**
 * Durations and times, as pictures write them.
 *
 * @module
 */

const UNITS: readonly (readonly [ms: number, name: string, from: number])[] = [
  [3_600_000, "h", 3_600_000],
  [60_000, "min", 60_000],
  [1000, "s", 10_000],
];

/** A time on an axis of ms: `12`, `0.5`, `2500`; from 10 seconds on in the largest unit that says it shortly, such as `90s` and `1.5h`. Fractions are rounded. */
export function timeText(time: number): string {
  for (const [ms, name, from] of UNITS) {
    if (Math.abs(time) < from) continue;
    const count = String(Math.round((time / ms) * 1e6) / 1e6);
    if (count.length <= 4) return `${count}${name}`;
  }
  const digits = String(Math.trunc(Math.abs(time))).length;
  return String(Number(time.toFixed(Math.min(3, Math.max(0, 4 - digits)))));
}

/** The same where no axis says what it is of: `12 ms`, `1.5 h`. */
export function durationText(time: number): string {
  const text = timeText(time);
  return /\d$/.test(text) ? `${text} ms` : text.replace(/[a-z]+$/, (unit) => ` ${unit}`);
}

/** The smallest of … 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is at least `least`; at least a µs. */
export function roundStep(least: number): number {
  const wanted = Math.max(least, 0.001);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = [1, 2, 5, 10].find((step) => step * power >= wanted * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(1));
}
