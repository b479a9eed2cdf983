/**
 * Matchers: expected values that decide themselves what is equal to them, such as `jasmine.any(Number)` and `expect.anything()`.
 *
 * They are known by their method, so that those of every test framework work, and none is imported.
 *
 * @module
 */

/** What jasmine, Jest and Vitest have in common. */
export interface Matcher {
  asymmetricMatch(actual: unknown, utilities: MatcherUtilities): boolean;
}

/** What jasmine hands to a matcher. */
export interface MatcherUtilities {
  equals(a: unknown, b: unknown): boolean;
  contains(haystack: unknown, needle: unknown): boolean;
  pp(value: unknown): string;
}

/** Whether `value` decides itself. What does not let itself be asked does not. */
export function isMatcher(value: unknown): value is Matcher {
  try {
    return (
      typeof value === "object" && value !== null && typeof (value as Partial<Matcher>).asymmetricMatch === "function"
    );
  } catch {
    return false;
  }
}
