/**
 * The TypeScript loader: `node --import ./tools/ts.mjs file.ts`.
 *
 * It strips types and checks none; `npm run types` does that. Given by `--import`, it is inherited by forks and by
 * worker threads, so that TypeScript workers run in specs on Node 20 too. Pass `--enable-source-maps` beside it: the
 * hooks live in another thread, and without it stack lines are those of the generated code.
 */
import { register } from "node:module";

register("./ts-hooks.mjs", import.meta.url);
