/** Prints what exploring finds, for `tools/explore-hosts.mjs`. */

import { finds } from "./finds.ts";

console.log((await finds()).join("\n"));
