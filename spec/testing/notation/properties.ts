import fc from "fast-check";

/** Expects that a property, which throws where it does not hold, holds in that many random cases. */
export function expectToHold<T>(property: fc.IProperty<T>, numRuns: number): void {
  const outcome = fc.check(property, { numRuns });
  expect(outcome.failed ? fc.defaultReportMessage(outcome) : "").toBe("");
}
