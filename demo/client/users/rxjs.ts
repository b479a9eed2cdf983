/** Somebody who writes RxJS. */

import {
  catchError,
  concat,
  defaultIfEmpty,
  lastValueFrom,
  map,
  of,
  takeUntil,
  throwError,
  timeout,
  TimeoutError,
  timer,
  toArray,
} from "rxjs";
import type { HttpClient } from "../http-client.ts";
import { HttpError } from "../http-error.ts";

export function useRxjs(client: HttpClient, url: string): Promise<string[]> {
  const steps$ = concat(
    client.get(`${url}/flaky`).pipe(map((text) => `flaky: ${text}`)),
    client.get(`${url}/flaky`).pipe(map((text) => `again: ${text}`)),

    client.get(`${url}/slow`).pipe(
      timeout(50),
      catchError((error: unknown) => (error instanceof TimeoutError ? of("slow: timed out") : throwError(() => error))),
    ),

    client.get(`${url}/slow`).pipe(takeUntil(timer(50)), defaultIfEmpty("slow: cancelled")),

    client
      .get(`${url}/missing`)
      .pipe(
        catchError((error: unknown) =>
          error instanceof HttpError ? of(`missing: ${String(error.status)}`) : throwError(() => error),
        ),
      ),
  );
  return lastValueFrom(steps$.pipe(toArray()));
}
