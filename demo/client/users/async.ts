/** Somebody who writes plain `async` functions, and cancels with signals, as with `fetch`. */

import type { HttpClient } from "../http-client.ts";
import { HttpError } from "../http-error.ts";

export async function useAsync(client: HttpClient, url: string): Promise<string[]> {
  const log: string[] = [];
  log.push(`flaky: ${await client.get(`${url}/flaky`)}`);
  log.push(`again: ${await client.get(`${url}/flaky`)}`);

  try {
    await client.get(`${url}/slow`, { signal: AbortSignal.timeout(50) });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
    log.push("slow: timed out");
  }

  const controller = new AbortController();
  setTimeout(() => {
    controller.abort("enough");
  }, 50);
  try {
    await client.get(`${url}/slow`, { signal: controller.signal });
  } catch (error) {
    if (error !== "enough") throw error;
    log.push("slow: cancelled");
  }

  try {
    await client.get(`${url}/missing`);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    log.push(`missing: ${String(error.status)}`);
  }
  return log;
}
