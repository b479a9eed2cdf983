/** Somebody who writes Effect. */

import { toEffect } from "anyrx/effect";
import { Effect, Fiber } from "effect";
import type { HttpClient } from "../http-client.ts";
import { HttpError } from "../http-error.ts";

const get = (client: HttpClient, url: string): Effect.Effect<string, HttpError> =>
  toEffect(client.get(url)).pipe(
    Effect.catch((error) => (error instanceof HttpError ? Effect.fail(error) : Effect.die(error))),
  );

const program = (client: HttpClient, url: string) =>
  Effect.gen(function* () {
    const log: string[] = [];
    log.push(`flaky: ${yield* get(client, `${url}/flaky`)}`);
    log.push(`again: ${yield* client.get(`${url}/flaky`)}`); // No bridge is needed where no error is expected.

    const late = get(client, `${url}/slow`).pipe(
      Effect.timeout("50 millis"),
      Effect.catchTag("TimeoutError", () => Effect.succeed("timed out")),
    );
    log.push(`slow: ${yield* late}`);

    const fiber = yield* Effect.forkChild(get(client, `${url}/slow`));
    yield* Effect.sleep("50 millis");
    yield* Fiber.interrupt(fiber);
    log.push("slow: cancelled");

    const missing = get(client, `${url}/missing`).pipe(Effect.catch(({ status }) => Effect.succeed(String(status))));
    log.push(`missing: ${yield* missing}`);
    return log;
  });

export function useEffect(client: HttpClient, url: string): Promise<string[]> {
  return Effect.runPromise(program(client, url));
}
