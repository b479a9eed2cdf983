/** Exemptions: which law an engine cannot keep, and why. What `docs/guide/backends.md` says of them is checked against this. */

import type { Exemption } from "anyrx/testing/laws";

const TIMER = "two tasks that exchange items for ever do not keep a timer from firing";
const HOST = "nor the host from serving its own timers and I/O";

export const stillInVirtualTime: readonly Exemption[] = [
  { law: "F5", title: TIMER, reason: "the virtual clock stands still while anything can run" },
];

/** A `VirtualTimeScheduler`, flushed frame by frame. */
export const flushedByFrame: readonly Exemption[] = [
  { law: "F5", title: TIMER, reason: "the virtual clock stands still while anything can run" },
  { law: "F5", title: HOST, reason: "tasks without `async` run on in one synchronous `flush()`" },
];

/** The same for async functions, between whose steps the host has its turn. */
export const flushedByFrameAsync: readonly Exemption[] = flushedByFrame.filter(({ title }) => title !== HOST);

/** By engine, in the order of the table. */
export const exemptions: Readonly<Record<string, readonly Exemption[]>> = {
  native: [],
  rx: [],
  "rx, virtual time": flushedByFrame,
  virtual: stillInVirtualTime,
  effect: [],
  effection: [],
  "game loop": [],
  attached: [],
};

const PROMISE = "it waits for a promise";

/** What a single `flush()` cannot bring to its end, besides those: laws that wait for what only happens after it. */
export const afterOneFlush: readonly Exemption[] = [
  { law: "C10", title: "cancel() from a plain callback", reason: "it waits for a microtask of the host" },
  { law: "R5", title: "async iteration ends on end-of-stream only; Closed is thrown", reason: PROMISE },
  { law: "R5", title: "iteration and subscription are woken by a close, and by a cancellation", reason: PROMISE },
  { law: "B6", title: "what a cancelled async iterable still has to clean up is waited for", reason: PROMISE },
  { law: "P1", title: "a call through a portal runs in the group, and answers outside", reason: PROMISE },
  { law: "P1", title: "an error of a call is the caller's; the group goes on", reason: PROMISE },
  {
    law: "P3",
    title: "stopping a portal with cancelRemaining cancels what came through it, and nothing else of the group",
    reason: PROMISE,
  },
];
