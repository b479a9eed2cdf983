/**
 * System errors: what the file system answers when it cannot.
 *
 * @module
 */

/** An error with a code, such as `ENOENT`. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Whether `error` comes from the system. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}

/**
 * Turns a system error into a value: `promise.catch(systemError)`. Throws any other on, the news of an abort among them.
 *
 * Made for promises in `abortable()`. Caught there and not around the wait: a promise may fail when its wait has been cancelled, and then
 * nobody out there is left to handle it.
 */
export function systemError(error: unknown): SystemError {
  if (isSystemError(error)) return error;
  throw error;
}
