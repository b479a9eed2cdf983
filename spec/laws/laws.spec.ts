import { engine, everyStyle, stillInVirtualTime, theLawsHold } from "./hold.ts";

for (const style of everyStyle) {
  theLawsHold(engine("native"), style, []);
  theLawsHold(engine("rx"), style, []);
  theLawsHold(engine("virtual"), style, stillInVirtualTime);
  theLawsHold(engine("virtual", "strict"), style, stillInVirtualTime);
}
