/**
 * W11: the await rows against the floor in the same state.
 *
 * A run keeps its scope in an `AsyncLocalStorage`. While one is active, Node 20 and 22 add some 150 ns to every `await` of the process, and
 * Node 24 nothing. So the floor is measured twice: as it is, and with a store active around it. The bars are for the second.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { w1a, w1b } from "./w1.mjs";
import { w2 } from "./w2.mjs";
import { w3 } from "./w3.mjs";
import { w4 } from "./w4.mjs";
import { w5a, w5b } from "./w5.mjs";
import { w6 } from "./w6.mjs";
import { w7 } from "./w7.mjs";

/** The same work with a store active, which is given up at its end. */
const withStore = (body) => async (n, watch) => {
  const storage = new AsyncLocalStorage();
  try {
    return await storage.run({}, () => body(n, watch));
  } finally {
    storage.disable();
  }
};

const AWAITED = new Set(["await", "for await"]);

/** A case with its await rows alone, and with the floor in both states. */
function inBothStates(one) {
  const base = one.contestants.find((contestant) => contestant.kind === "floor");
  return {
    ...one,
    contestants: [
      base,
      { ...base, name: `${base.name}, a store active`, kind: "floor-stored", run: withStore(base.run) },
      ...one.contestants.filter(({ kind, style, bar }) => kind === "ours" && AWAITED.has(style) && bar !== undefined),
    ],
  };
}

/** The await rows of the other workloads. */
export const w11 = {
  id: "W11",
  title: "the await rows, against the floor with and without an active AsyncLocalStorage",
  cases: [w1a, w1b, w2, w3, w4, w5a, w5b, w6, w7]
    .flatMap(({ cases }) => cases)
    .map(inBothStates)
    .filter(({ contestants }) => contestants.length > 2),
};
