/**
 * The stack limit: how many frames the host notes down for an error. Each costs, and an error of the kernel's own needs none or one.
 *
 * @module
 */

const limits = Error as unknown as { stackTraceLimit?: number };

/** Lowers the limit, and returns what it was, for {@link restoreStackLimit}. */
export function lowerStackLimit(frames: number): number | undefined {
  const limit = limits.stackTraceLimit;
  restoreStackLimit(frames);
  return limit;
}

/** Puts the limit back. */
export function restoreStackLimit(limit: number | undefined): void {
  try {
    if (limit === undefined) delete limits.stackTraceLimit;
    else limits.stackTraceLimit = limit;
  } catch {
    // The program has frozen what is built in, and pays for stacks.
  }
}
