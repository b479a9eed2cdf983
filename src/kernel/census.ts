/**
 * The census: who is told of each lock, semaphore, limiter, guard and stream that is made.
 *
 * A test that looks for leaks asks them afterwards what they still hold. Acquiring and releasing know nothing of it.
 *
 * @module
 */

/** Who is told of each primitive as it is made; `null` while nobody counts. */
export const census: { on: ((made: object) => void) | null } = { on: null };
