/**
 * A jasmine inside of jasmine: what specs come to that are meant to fail.
 *
 * @module
 */

import { createRequire } from "node:module";

/** What became of a spec. */
export interface Outcome {
  readonly name: string;
  readonly status: string;
  /** Why it failed. */
  readonly messages: readonly string[];
  readonly stack: string;
}

interface Core {
  readonly jasmine: typeof jasmine;
  installGlobals(target: object): void;
}

const require = createRequire(import.meta.url);
const NAMES = ["jasmine", "describe", "it", "fit", "xit", "expect", "expectAsync", "fail", "pending", "beforeEach"];

/** A second copy, with specs and settings of its own. */
function anotherCore(): Core {
  const cached = Object.entries(require.cache).filter(([file]) => /[\\/]jasmine-core[\\/]lib[\\/]/.test(file));
  for (const [file] of cached) Reflect.deleteProperty(require.cache, file);
  try {
    return require("jasmine-core") as Core;
  } finally {
    for (const [file, module] of cached) require.cache[file] = module;
  }
}

/**
 * Registers specs and runs them, in order, in a jasmine of their own; the global names are those of that one meanwhile.
 *
 * @param timeout - Its `DEFAULT_TIMEOUT_INTERVAL`.
 */
export async function inner(specs: () => void, timeout: number = 5_000): Promise<Outcome[]> {
  const core = anotherCore();
  const globals = globalThis as unknown as Record<string, unknown>;
  const before = NAMES.map((name) => globals[name]);
  const outcomes: Outcome[] = [];
  const own: Record<string, unknown> = {};
  core.installGlobals(own);
  for (const name of NAMES) globals[name] = own[name];
  try {
    const env = core.jasmine.getEnv();
    env.configure({ random: false, failSpecWithNoExpectations: true });
    core.jasmine.DEFAULT_TIMEOUT_INTERVAL = timeout;
    env.addReporter({
      specDone({ fullName, status, failedExpectations }) {
        outcomes.push({
          name: fullName,
          status,
          messages: failedExpectations.map(({ message }) => message),
          stack: failedExpectations.map(({ stack }) => stack).join("\n"),
        });
      },
      suiteDone({ failedExpectations, fullName }) {
        for (const { message } of failedExpectations)
          outcomes.push({ name: fullName, status: "failed", messages: [message], stack: "" });
      },
    });
    specs();
    await env.execute();
    return outcomes;
  } finally {
    for (const [i, name] of NAMES.entries()) globals[name] = before[i];
  }
}

/** `name: status`, for each. */
export function statuses(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ name, status }) => `${name}: ${status}`);
}
