import { CapacityLimiter, Lock, Semaphore } from "anyrx";
import { HandOffLock, lockSuite, TokenLock } from "./lock-suite.ts";

lockSuite("a Lock", () => new Lock());
lockSuite("a Semaphore(1)", () => new Semaphore(1));
lockSuite("a CapacityLimiter(1)", () => new CapacityLimiter(1));
lockSuite("a lock made of a stream with a token in it", () => new TokenLock());
// Its acquire is work, which has ended when its subscriber has gone.
lockSuite("a lock made of a stream without a buffer", () => new HandOffLock(), { undoes: false });
