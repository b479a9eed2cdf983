import "anyrx/effection";
import { engine, everyStyle, theLawsHold } from "../laws/hold.ts";

for (const style of everyStyle) theLawsHold(engine("effection"), style, []);
