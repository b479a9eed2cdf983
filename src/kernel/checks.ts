/**
 * Checks of what users hand in: at the call, in one sentence.
 *
 * @module
 */

/** `body`, if it is a function. */
export function checkedBody<B>(action: string, body: B, example = "() => work()"): B {
  if (typeof body !== "function") {
    throw new TypeError(
      `Cannot ${action}: the body is ${shown(body)}, not a function; pass a function such as ${example}`,
    );
  }
  return body;
}

/** `delay`, if it is a number of milliseconds from 0 to `Infinity`. */
export function checkedDelay(action: string, delay: number): number {
  // Written as a negation so that NaN, which compares false, is refused too.
  if (typeof delay !== "number" || !(delay >= 0)) {
    throw new RangeError(
      `Cannot ${action} for ${typeof delay === "number" ? `${String(delay)} ms` : shown(delay)}: a delay is 0 to Infinity; pass a number of milliseconds`,
    );
  }
  return delay;
}

/** `deadline`, if it is a time. */
export function checkedDeadline(action: string, deadline: number): number {
  if (typeof deadline !== "number" || Number.isNaN(deadline)) {
    throw new RangeError(
      `Cannot ${action} ${shown(deadline)}: it is not a time; pass a reading of the backend's clock in ms, or Infinity`,
    );
  }
  return deadline;
}

/** `signal`, if it is an AbortSignal. */
export function checkedSignal<S>(action: string, signal: S): S {
  const { aborted, addEventListener } = (signal ?? {}) as { aborted?: unknown; addEventListener?: unknown };
  if (typeof aborted !== "boolean" || typeof addEventListener !== "function") {
    throw new TypeError(
      `Cannot ${action} with the signal ${shown(signal)}: it is no AbortSignal; pass controller.signal`,
    );
  }
  return signal;
}

/** `flag`, if it is a boolean. */
export function checkedFlag(action: string, flag: boolean): boolean {
  if (typeof flag !== "boolean")
    throw new TypeError(`Cannot ${action} to ${shown(flag)}: it is no boolean; pass true or false`);
  return flag;
}

/** `shield`, if it is a boolean or `"soft"`. */
export function checkedShield(shield: boolean | "soft"): void {
  if (typeof shield !== "boolean" && (shield as unknown) !== "soft")
    throw new TypeError(
      `Cannot set a shield to ${shown(shield)}: it is no shield; pass true, false, or "soft" for the grace of cancel()`,
    );
}

/** How a wrong value is shown. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) {
    const name = (value.constructor as { name?: string } | undefined)?.name;
    return value instanceof Promise ? "a Promise" : `an object (${name ?? "no class"})`;
  }
  return typeof value === "function" || typeof value === "bigint" ? `a ${typeof value}` : String(value);
}
