/**
 * `anyrx/effection`: programs of anyrx on Effection, and each inside the other.
 *
 * Importing it makes `"effection"` a backend that `run` knows, and lets generators of Effection `yield*` operations.
 *
 * @module
 */

import "../index.ts"; // Which binds the host: this subpath may be the only one that is imported.
import { offerBackend } from "../run.ts";
import { effectionBackend } from "./effection-backend.ts";
import { settleIn } from "./neighborhood.ts";

offerBackend("effection", () => effectionBackend());
settleIn();

export { effectionBackend } from "./effection-backend.ts";
export type { EffectionBackendOptions } from "./effection-backend.ts";
export { fromEffection } from "./from-effection.ts";
export { toEffection } from "./to-effection.ts";
