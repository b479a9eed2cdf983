/** Somebody who writes Effection. */

import "anyrx/effection";
import { race, run, sleep, spawn } from "effection";
import type { Operation } from "effection";
import type { HttpClient } from "../http-client.ts";
import { HttpError } from "../http-error.ts";

function* program(client: HttpClient, url: string): Operation<string[]> {
  const log: string[] = [];
  log.push(`flaky: ${yield* client.get(`${url}/flaky`)}`);
  log.push(`again: ${yield* client.get(`${url}/flaky`)}`);

  log.push(`slow: ${yield* race([slow(), late()])}`);

  const task = yield* spawn(slow);
  yield* sleep(50);
  yield* task.halt();
  log.push("slow: cancelled");

  try {
    yield* client.get(`${url}/missing`);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    log.push(`missing: ${String(error.status)}`);
  }
  return log;

  function* slow(): Operation<string> {
    return yield* client.get(`${url}/slow`);
  }

  function* late(): Operation<string> {
    yield* sleep(50);
    return "timed out";
  }
}

export function useEffection(client: HttpClient, url: string): Promise<string[]> {
  return run(() => program(client, url));
}
