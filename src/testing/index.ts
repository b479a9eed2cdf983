/**
 * `anyrx/testing`: concurrency, tested in virtual time.
 *
 * It knows no test framework, and works in any.
 *
 * @module
 */

export { waitAllTasksBlocked } from "../kernel/idle.ts";
export { assertCheckpoints, assertNoCheckpoints } from "./assert-checkpoints.ts";
export {
  isMissingCheckpointError,
  isUnexpectedCheckpointError,
  MissingCheckpointError,
  UnexpectedCheckpointError,
} from "./checkpoint-errors.ts";
export { isLivelockError, isRealTimeoutError, LivelockError, RealTimeoutError } from "./errors.ts";
export type { VirtualLimit } from "./errors.ts";
export { Sequencer } from "./sequencer.ts";
export type { SequencerOptions } from "./sequencer.ts";
export {
  checkHalfCloseableByteStream,
  checkOneWayByteStream,
  checkTwoWayByteStream,
} from "./streams/check-byte-stream.ts";
export { checkObjectStream } from "./streams/check-object-stream.ts";
export type { ObjectStreamCheckOptions } from "./streams/check-object-stream.ts";
export type { StreamCheckOptions, StreamMaker } from "./streams/clauses.ts";
export { isStreamContractError, StreamContractError } from "./streams/contract-error.ts";
export type { StreamClause } from "./streams/contract-error.ts";
export {
  LockstepReceiveStream,
  LockstepSendStream,
  lockstepStreamOneWayPair,
  lockstepStreamPair,
} from "./streams/lockstep-stream.ts";
export { type FrameScheduler, flushed } from "./flushed.ts";
export { observeRun } from "./observe-run.ts";
export { MemoryReceiveStream } from "./streams/memory-receive-stream.ts";
export type { MemoryReceiveStreamHooks } from "./streams/memory-receive-stream.ts";
export { MemorySendStream } from "./streams/memory-send-stream.ts";
export type { MemorySendStreamHooks } from "./streams/memory-send-stream.ts";
export { memoryStreamOneWayPair, memoryStreamPair, memoryStreamPump } from "./streams/memory-stream-pair.ts";
export type { MemoryStreamPumpOptions } from "./streams/memory-stream-pair.ts";
export type { StreamHook } from "./streams/hook.ts";
export { VirtualTime } from "./virtual-time.ts";
export type { VirtualRunOptions, VirtualTimeOptions } from "./virtual-time.ts";
export type { ColdObservable } from "./marbles/cold-observable.ts";
export type { ObservableExpectationOptions } from "./marbles/expect-observable.ts";
export type { ScopeExpectation, ScopeLike } from "./marbles/expect-scope.ts";
export type { SignalExpectation } from "./marbles/expect-signal.ts";
export type { StreamExpectationOptions } from "./marbles/expect-stream.ts";
export type { SubscriptionsExpectation } from "./marbles/expect-subscriptions.ts";
export type { ComparableExpectation, ExpectationOptions, MarbleExpectation } from "./marbles/expectation.ts";
export type { HotObservable } from "./marbles/hot-observable.ts";
export type { ReadableLike, ReceivableLike, StreamLike } from "./marbles/items.ts";
export type { MarbleTest, MarbleValues } from "./marbles/marble-test.ts";
export { marbles } from "./marbles/marbles.ts";
export type { MarblesOptions } from "./marbles/marbles.ts";
export type { Probe } from "./marbles/probe.ts";
export type { SubscriptionLog } from "./marbles/subscription-log.ts";
export { isMarbleError, MarbleError } from "./notation/marble-error.ts";
export { isMarbleSyntaxError, MarbleSyntaxError } from "./notation/marble-syntax-error.ts";
export type { DifferenceKind, MarbleDifference, MarbleMismatch, Subject } from "./notation/mismatch.ts";
export { explore } from "./explore/explore.ts";
export type { Explored, ExploreMode, ExploreOptions } from "./explore/explore.ts";
export { InterleavingError, isInterleavingError, isLeakError, LeakError } from "./explore/errors.ts";
export type { Leak } from "./explore/ledger.ts";
export type { ExploredStep } from "./explore/recorder.ts";
export type { FaultKind } from "./explore/replay.ts";
export type { ExploredBody } from "./explore/round.ts";
export type { Diagram, Moment } from "./notation/moment.ts";
export { renderTimeline } from "./trace/render-timeline.ts";
export type { TimelineFormat, TimelineOptions } from "./trace/render-timeline.ts";
export { recordTrace, Trace } from "./trace/trace.ts";
export type { TraceOptions } from "./trace/trace.ts";
export type {
  BlockedEvent,
  CancelledEvent,
  EndEvent,
  EnteredEvent,
  ExitedEvent,
  LeftEvent,
  ReceivedEvent,
  ResumedEvent,
  ReturnedEvent,
  RunEvent,
  SentEvent,
  SpawnedEvent,
  StartedEvent,
  StreamEvent,
  TraceData,
  TracedScopeKind,
  TraceEvent,
  WaitOutcome,
} from "./trace/trace-event.ts";
