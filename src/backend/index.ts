/**
 * `anyrx/backend`: what it takes to bring an engine of your own.
 *
 * @module
 */

export { type Alarm, DeadlineQueue, LONGEST_DELAY } from "../base/deadline-queue.ts";
export { attach, type Loop, type TakeBack } from "./attach.ts";
export { FairQueue, type FairQueueHost } from "../base/fair-queue.ts";
export { Lifeline } from "../base/lifeline.ts";
export { Heap } from "../base/heap.ts";
export type { Backend, Job, RunControl, WaitInfo } from "../port/backend.ts";
