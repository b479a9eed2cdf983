/**
 * The same specs, on each of several backends.
 *
 * @module
 */

import { checkedBody, shown } from "../../kernel/checks.ts";
import type { Ended } from "../../kernel/work.ts";
import { expectAgain, fails, StaleExemptionError } from "./exemption.ts";
import { expectNothing, type Jasmine, jasmineFor, type JasmineIt, type JasmineSpec } from "./globals.ts";
import { type LimitedBackend, type SpecBackend, specBackend, type SpecBackendLike } from "./spec-backend.ts";
import { limitOf } from "./time-limit.ts";

/** Options of a spec. */
export interface BackendSpecOptions {
  /** How long it may take, in real ms. Default: `jasmine.DEFAULT_TIMEOUT_INTERVAL`. It is ended a little before, with an error that says who waits for what. */
  readonly timeout?: number | undefined;
}

/** The body of a spec: a function of any style. */
export type SpecBody = () => unknown;

/**
 * Jasmine's `it`, for a spec whose body runs on a backend: an async function, a generator function, a function that returns an Observable, or a plain
 * one. Each spec has a run of its own, and ends when everything in it has ended. Without a body it is pending.
 */
export interface BackendIt {
  (title: string, body?: SpecBody, options?: BackendSpecOptions | number): JasmineSpec;
  /** Jasmine's `fit`: while there is one, only such specs run. */
  only(title: string, body?: SpecBody, options?: BackendSpecOptions | number): JasmineSpec;
  /** Jasmine's `xit`: the spec does not run. */
  skip(title: string, body?: SpecBody, options?: BackendSpecOptions | number): JasmineSpec;
  /**
   * A spec that is known to fail on some backends, which are called by their names. It runs there all the same, and must fail: when it holds, that is a
   * {@link StaleExemptionError}. A spec that takes too long has failed, too.
   */
  exempt(
    backends: string | readonly string[],
    reason: string,
    title: string,
    body: SpecBody,
    options?: BackendSpecOptions | number,
  ): JasmineSpec;
}

/**
 * Registers the same specs once for each backend, in a `describe("on native")` and so on. For jasmine, in a `describe` or at the top of a file.
 *
 * On `"virtual"` a spec has a {@link VirtualTime}: timers and dates of the host follow the clock as well, so no spec waits there.
 *
 * @param backends - Names of backends; or objects with a `name`, and with a `backend` (a name, a Backend, a function that makes one for each spec) or
 * a `run` of their own.
 * @param specs - Called once for each backend, with an `it` that runs bodies on it. Within, `describe`, `beforeEach` and so on are jasmine's.
 * @throws {UnsupportedError} When there is no such backend.
 * @throws {UsageError} Where there is no jasmine.
 * @example
 * ```ts no-run
 * describe("a lock", () => {
 *   onBackends(["native", "virtual"], (it) => {
 *     it("is free in the beginning", function* () {
 *       const lock = new Lock();
 *       yield* lock.acquire();
 *       expect(lock.locked()).toBeTrue();
 *     });
 *   });
 * });
 * ```
 * @source AnyIO's `anyio_backend` fixture.
 */
export function onBackends(
  backends: readonly SpecBackendLike[],
  specs: (it: BackendIt, backend: SpecBackend) => void,
): void {
  const jasmine = jasmineFor("run specs on several backends");
  checkedBody("run specs on several backends", specs, "(it) => { … }");
  const all = checkedList(backends).map((backend) => specBackend(backend));
  const twice = all.find(({ name }, i) => all.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) {
    throw new TypeError(
      `Cannot run specs on several backends: two are called ${shown(twice.name)}; give each a name of its own`,
    );
  }
  const env = jasmine.getEnv();
  for (const backend of all) {
    env.describe(`on ${backend.name}`, () => {
      env.afterEach(expectAgain);
      const register: (...args: Parameters<typeof specs>) => unknown = specs;
      checkedSuite(register(itOn(jasmine, backend), outsideOf(jasmine, backend)));
    });
  }
}

function checkedList(backends: unknown): readonly SpecBackendLike[] {
  if (Array.isArray(backends) && backends.length > 0) return backends as SpecBackendLike[];
  const state = Array.isArray(backends) ? "the list of backends is empty" : `${shown(backends)} is no list of backends`;
  throw new TypeError(`Cannot run specs on several backends: ${state}; pass such as ["native", "virtual"]`);
}

/** What comes after an `await` is registered nowhere, and jasmine would not say so. */
function checkedSuite(returned: unknown): void {
  if (typeof (returned as { then?: unknown } | null | undefined)?.then !== "function") return;
  throw new TypeError(
    "Cannot run specs on several backends: the function that registers them is asynchronous; make it a plain one",
  );
}

function outsideOf(jasmine: Jasmine, { name, run }: LimitedBackend): SpecBackend {
  return { name, run: <R>(main: () => R) => run(main, limitOf(jasmine)) as Promise<Ended<R>> };
}

function itOn(jasmine: Jasmine, backend: LimitedBackend): BackendIt {
  const env = jasmine.getEnv();
  const registering =
    (register: JasmineIt, reason: string | null = null) =>
    (title: string, body?: SpecBody, options?: BackendSpecOptions | number): JasmineSpec => {
      const timeout = typeof options === "number" ? options : options?.timeout;
      if (body === undefined) return register(title);
      checkedSpec(title, body);
      const run = (): Promise<unknown> => backend.run(body, limitOf(jasmine, timeout));
      return register(title, reason === null ? run : () => mustFail(jasmine, backend, reason, run), timeout);
    };
  return Object.assign(registering(env.it), {
    only: registering(env.fit),
    skip: registering(env.xit),
    exempt: (
      names: string | readonly string[],
      reason: string,
      title: string,
      body: SpecBody,
      options?: BackendSpecOptions | number,
    ): JasmineSpec => {
      if (typeof reason !== "string" || reason.trim() === "") {
        throw new TypeError(`Cannot exempt the spec ${shown(title)}: it says ${shown(reason)}; say the reason`);
      }
      const exempt = [names].flat().includes(backend.name);
      return registering(env.it, exempt ? reason : null)(title, body, options);
    },
  });
}

async function mustFail(
  jasmine: Jasmine,
  backend: LimitedBackend,
  reason: string,
  run: () => Promise<unknown>,
): Promise<void> {
  if (!(await fails(jasmine.getEnv(), run))) throw new StaleExemptionError(backend.name, reason);
  expectNothing(jasmine);
}

function checkedSpec(title: string, body: SpecBody): void {
  checkedBody(`run the spec ${shown(title)}`, body, "async () => { … }");
  if (body.length === 0) return;
  throw new TypeError(
    `Cannot run the spec ${shown(title)}: its body takes an argument, and there is no "done" here; return a promise, or use a generator function`,
  );
}
