import type { LawBackend } from "anyrx/testing/laws";
import { placing } from "../support/placing.ts";
import { engine, everyStyle, stillInVirtualTime, theLawsHold } from "./hold.ts";

const virtual = engine("virtual");
const placed: LawBackend = { ...virtual, name: "virtual, placing", run: placing(virtual.run.bind(virtual)) };

for (const style of everyStyle) {
  theLawsHold(engine("native"), style, []);
  theLawsHold(engine("rx"), style, []);
  theLawsHold(engine("virtual"), style, stillInVirtualTime);
  theLawsHold(engine("virtual", "strict"), style, stillInVirtualTime);
  theLawsHold(placed, style, stillInVirtualTime);
}
