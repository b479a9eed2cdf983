/**
 * Cases that hold on every backend: one spec each per backend, none of which may leave an unhandled error behind.
 *
 * @module
 */

import { type BackendName, isCancelled, run, type RunOptions, sleep } from "anyrx";
import { onRealClock } from "../support/real-time.ts";

/** The backends that every case runs on. */
export const BACKENDS: readonly BackendName[] = ["native", "rx", "virtual"];

/** Longer than any spec: who gets here was not cancelled. */
export const LONG = 60_000;

/** Runs `main` on a backend; an error that nobody handled fails the spec, also one that comes a turn later. */
export async function runQuietly(main: () => unknown, options: RunOptions): Promise<void> {
  if (options.backend !== "virtual") onRealClock();
  const unhandled: unknown[] = [];
  await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
    try {
      await run(main, options);
    } finally {
      await turns(3);
      unhandled.push(...spy.calls.allArgs().flat());
    }
  });
  expect(unhandled).withContext("errors that nobody handled").toEqual([]);
}

/** One spec per backend; `main` is the main task. */
export function everywhere(title: string, main: () => unknown, options: RunOptions = {}): void {
  for (const backend of BACKENDS) {
    it(`${title} [${backend}]`, () => runQuietly(main, { ...options, backend }));
  }
}

/** One spec per backend that lives in real time: for what host timers do. */
export function outdoors(title: string, main: () => unknown, options: RunOptions = {}): void {
  for (const backend of ["native", "rx"] as const) {
    it(`${title} [${backend}]`, () => runQuietly(main, { ...options, backend }));
  }
}

/** One spec, in virtual time. */
export function virtually(title: string, main: () => unknown, options: RunOptions = {}): void {
  it(title, () => runQuietly(main, { ...options, backend: "virtual" }));
}

/** Lets the host turn `count` times: whatever was about to be reported has been. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((done) => setImmediate(done));
}

/** Waits until every other task has come to its wait. */
export function blocked(): PromiseLike<void> {
  return sleep(2);
}

/** What `work` throws; a spec fails when it throws nothing. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  fail("nothing was thrown");
  return undefined;
}

/** `"Cancelled"`, or the name and the message. */
export function named(error: unknown): string {
  if (isCancelled(error)) return "Cancelled";
  return error instanceof Error ? error.name : String(error);
}

/** Throws an error in the grammar of the house. */
export function expectSentence(work: () => unknown, type: abstract new (...args: never[]) => Error): void {
  let thrown: unknown = null;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(type);
  expect((thrown as Error | null)?.message ?? "nothing was thrown").toMatch(/^Cannot .+: .+; .+[^.]$/);
}
