/**
 * `npm run demo:client`: one HTTP client with anyrx inside, and what its users in four worlds get from it.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { type Visit, users, visit } from "./users.ts";

const visits = new Map<string, Visit>();
for (const user of Object.keys(users) as (keyof typeof users)[]) {
  const what = await visit(user);
  visits.set(user, what);
  console.log(user);
  for (const line of what.saw) console.log(`  ${line}`);
  console.log(`  (the server: ${what.served.join(", ")}; requests left: ${String(what.left)})`);
}

const [first, ...others] = visits.values();
const same = others.every((other) => isDeepStrictEqual(other, first));
console.log(same ? "\nAll four saw the same." : "\nThey saw different things.");
if (!same) process.exitCode = 1;
