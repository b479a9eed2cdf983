/**
 * Marble tests that are to fail, and how.
 *
 * @module
 */

import { isMarbleError, type MarbleError, marbles, type MarblesOptions, type MarbleTest } from "anyrx/testing";

/** The error of a marble test whose diagrams differ; a spec fails when it has none, or another one. */
export async function failureOf(body: (t: MarbleTest) => unknown, options?: MarblesOptions): Promise<MarbleError> {
  const error = await errorOf(body, options);
  if (!isMarbleError(error)) throw new Error("The test failed, but not by its diagrams", { cause: error });
  return error;
}

/** What a marble test is rejected with; a spec fails when it is not. */
export async function errorOf(body: (t: MarbleTest) => unknown, options?: MarblesOptions): Promise<unknown> {
  try {
    await marbles(body, options);
  } catch (error) {
    return error;
  }
  throw new Error("The test was to fail, and did not");
}

/** What differs in the one diagram that does, a line for each difference: `t=4 missing b`. */
export async function differences(body: (t: MarbleTest) => unknown, options?: MarblesOptions): Promise<string[]> {
  const { mismatches } = await failureOf(body, options);
  expect(mismatches.length).toBe(1);
  return mismatches.flatMap((mismatch) => mismatch.differences.map(({ time, text }) => `t=${time} ${text}`));
}

/** A spec whose body is a marble test. */
export function draws(title: string, body: (t: MarbleTest) => unknown, options?: MarblesOptions): void {
  it(title, async () => {
    await marbles(body, options);
    expect().nothing();
  });
}
