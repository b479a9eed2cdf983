/**
 * The users of the client: the same errands, written as people of four worlds write them.
 *
 * @module
 */

import { HttpClient } from "./http-client.ts";
import { Shop } from "./shop.ts";
import { useAsync } from "./users/async.ts";
import { useEffect } from "./users/effect.ts";
import { useEffection } from "./users/effection.ts";
import { useRxjs } from "./users/rxjs.ts";

/** By the name of their world. */
export const users: Readonly<Record<"async" | "RxJS" | "Effect" | "Effection", User>> = {
  async: useAsync,
  RxJS: useRxjs,
  Effect: useEffect,
  Effection: useEffection,
};

/** Runs all errands at `url`, and tells how each of them went. */
export type User = (client: HttpClient, url: string) => Promise<string[]>;

/** What one of them saw, and what the server did, sorted: it hears late that a client has gone. */
export interface Visit {
  readonly saw: readonly string[];
  readonly served: readonly string[];
  /** Requests that were still on their way in the end. */
  readonly left: number;
}

/** Lets one of them try the client, against a server of their own. */
export async function visit(user: keyof typeof users): Promise<Visit> {
  await using shop = await Shop.open();
  const client = new HttpClient();
  const saw = await users[user](client, shop.url);
  const left = client.inFlight;
  await shop.quiet();
  return { saw, served: shop.log.toSorted(), left };
}
