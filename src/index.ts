/**
 * anyrx: structured concurrency for TypeScript, on whatever engine your users run.
 *
 * This file composes the library: it binds the host and the ambient backend into the kernel, and lists what is public.
 *
 * @module
 */

import { host } from "#host";
import { NativeBackend } from "./backend/native.ts";
import { libraryIsWhere } from "./base/frames.ts";
import { errorsAreReadBy } from "./base/error-reader.ts";
import { bind } from "./kernel/binding.ts";
import { CancelScope } from "./kernel/cancel-scope.ts";
import { scopesAreMadeBy } from "./kernel/here.ts";
import { develop } from "./kernel/leaks.ts";
import { makeRoot } from "./kernel/root.ts";

bind(host, () => new NativeBackend(host));
scopesAreMadeBy({ root: makeRoot, inner: () => new CancelScope() });
libraryIsWhere(host.landmark);
errorsAreReadBy(host);
if (host.development !== undefined) develop(host.development);

export type { Guard } from "./base/brand.ts";
export { Cancelled, isCancelled } from "./base/cancelled.ts";
export type { ErrorClass, ErrorCondition } from "./base/error-condition.ts";
export {
  BrokenResourceError,
  BusyResourceError,
  ClosedResourceError,
  ContextLostError,
  DeadlockError,
  EndOfStream,
  FutureAlreadyFinished,
  FutureCancelled,
  FutureFailed,
  FutureNotFinished,
  isBrokenResourceError,
  isBusyResourceError,
  isClosedResourceError,
  isContextLostError,
  isDeadlockError,
  isEndOfStream,
  isFutureAlreadyFinished,
  isFutureCancelled,
  isFutureFailed,
  isFutureNotFinished,
  isRunFinishedError,
  isTaskCancelled,
  isTaskFailed,
  isTaskNotFinished,
  isTimeoutError,
  isTypedAttributeLookupError,
  isUnsupportedError,
  isUsageError,
  isWouldBlock,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskNotFinished,
  TimeoutError,
  TypedAttributeLookupError,
  UnsupportedError,
  UsageError,
  WouldBlock,
} from "./base/errors.ts";
export type { CancelDetails, CancelSource, DeadWait } from "./base/errors.ts";
export type { Subscribable } from "./base/rx.ts";
export { TypedAttribute, typedAttribute, TypedAttributeProvider } from "./base/typed-attributes.ts";
export type { ExtraAttribute, ExtraAttributes } from "./base/typed-attributes.ts";
export { isTaskGroupError, TaskGroupError, unwrapSingle } from "./base/task-group-error.ts";
export type { TaskGroupErrorOptions } from "./base/task-group-error.ts";
export { abortable } from "./kernel/abortable.ts";
export type { OperationGenerator } from "./kernel/operation.ts";
export type { Ending } from "./kernel/body.ts";
export { CancelScope } from "./kernel/cancel-scope.ts";
export { cancelShieldedCheckpoint, checkpoint, checkpointIfCancelled } from "./kernel/checkpoint.ts";
export { ContextVar } from "./kernel/context-var.ts";
export type { ContextToken } from "./kernel/context-var.ts";
export { currentBackend, currentEffectiveDeadline, currentScope, currentTask, currentTime } from "./kernel/current.ts";
export type { ContextMode } from "./kernel/engine.ts";
export { waitAllTasksBlocked } from "./kernel/idle.ts";
export { addInstrument } from "./kernel/instruments.ts";
export type { Instrument, TaskOutcome } from "./kernel/instruments.ts";
export { setDevMode } from "./kernel/leaks.ts";
export { Operation } from "./kernel/operation.ts";
export type { Suspension } from "./kernel/operation.ts";
export type { CancelScopeOptions, GracefulCancel, Scope, Shield } from "./kernel/scope.ts";
export { select } from "./kernel/select.ts";
export type { Receivable, Selectable, Selected } from "./kernel/select.ts";
export type { StartedTask, TaskStatus } from "./kernel/start.ts";
export { RunVar } from "./kernel/run-var.ts";
export type { RunVarToken } from "./kernel/run-var.ts";
export { Task } from "./kernel/task.ts";
export type { TaskState } from "./kernel/task.ts";
export { getRunningTasks, TaskTree, taskTree } from "./kernel/task-tree.ts";
export type { TaskTreeKind } from "./kernel/task-tree.ts";
export { TaskInfo } from "./kernel/task-info.ts";
export { TaskGroup, taskGroup } from "./kernel/task-group.ts";
export type { StartOptions, TaskGroupOptions, TaskOptions } from "./kernel/task-group.ts";
export { operation } from "./kernel/work.ts";
export type { Ended } from "./kernel/work.ts";
export type { Backend, Job, RunControl, WaitInfo } from "./port/backend.ts";
export type { AbortSignalLike, HostAbortSignal } from "./port/host.ts";
export { availableBackends, run, rxBackend } from "./run.ts";
export type { BackendName, RunOptions } from "./run.ts";
export { BaseReceiveStream } from "./stream/base-receive-stream.ts";
export type {
  AnyByteReceiveStream,
  AnyByteSendStream,
  AnyByteStream,
  ByteReceiveStream,
  ByteSendStream,
  ByteStream,
  Listener,
  ObjectReceiveStream,
  ObjectSendStream,
  ObjectStream,
  ServeOptions,
  StreamResource,
} from "./stream/contracts.ts";
export { asStream } from "./rx/as-stream.ts";
export type { AsStreamOptions } from "./rx/as-stream.ts";
export { eventStream } from "./rx/event-stream.ts";
export type { AnyEmitter, EventEmitterLike, EventStreamOptions, EventTargetLike } from "./rx/event-stream.ts";
export { fromAsyncIterable } from "./rx/from-async-iterable.ts";
export { fromReadable } from "./rx/from-readable.ts";
export type { FromReadableOptions } from "./rx/from-readable.ts";
export { fromWritable } from "./rx/from-writable.ts";
export type { FromWritableOptions } from "./rx/from-writable.ts";
export { iterate } from "./rx/iterate.ts";
export type { LivingOptions } from "./rx/lifetime.ts";
export { fromNative, toNative } from "./rx/native.ts";
export type { NativeObservable, NativeObserver } from "./rx/native.ts";
export { BufferOverflowError, isBufferOverflowError } from "./rx/overflow.ts";
export type { Overflow, PushOverflow } from "./rx/overflow.ts";
export type { Pullable } from "./rx/pull-sources.ts";
export { shareOperation } from "./rx/share-operation.ts";
export { SourceStream } from "./rx/source-stream.ts";
export { toReadable } from "./rx/to-readable.ts";
export type { ToReadableOptions } from "./rx/to-readable.ts";
export { toStream } from "./rx/to-stream.ts";
export type { PullOptions, PushOptions, ToStreamOptions } from "./rx/to-stream.ts";
export type { SendTarget } from "./rx/send-target.ts";
export { toWritable } from "./rx/to-writable.ts";
export type { ToWritableOptions } from "./rx/to-writable.ts";
export type { WritableSendStream } from "./rx/writable-send-stream.ts";
export {
  createMemoryObjectStream,
  MemoryObjectReceiveStream,
  MemoryObjectSendStream,
} from "./stream/memory-object-stream.ts";
export type { MemoryObjectStreamOptions } from "./stream/memory-object-stream.ts";
export type { MemoryObjectStreamStatistics } from "./stream/memory-channel.ts";
export { StapledByteStream } from "./stream/stapled-byte-stream.ts";
export { schedulerOf } from "./rx/scheduler-of.ts";
export { acloseForcefully } from "./stream/resource.ts";
export type { AsyncResource } from "./stream/resource.ts";
export type { AnyItems } from "./tasks/each-item.ts";
export { Future } from "./tasks/future.ts";
export type { FutureOptions, FutureState } from "./tasks/future.ts";
export { cache, lruCache } from "./tasks/lru-cache.ts";
export type { CachedFunction, CacheInfo, CacheParameters, LruCacheOptions } from "./tasks/lru-cache.ts";
export { createPortal, Portal } from "./tasks/portal.ts";
export type { PortalStopOptions } from "./tasks/portal.ts";
export { reduce } from "./tasks/reduce.ts";
export { tee } from "./tasks/tee.ts";
export type { TeeOptions } from "./tasks/tee.ts";
export { catchErrors } from "./tasks/catch-errors.ts";
export type { ErrorClause } from "./tasks/catch-errors.ts";
export { asCompleted } from "./tasks/as-completed.ts";
export { CompletedTask } from "./tasks/completed-task.ts";
export type { BackoffOptions } from "./tasks/backoff.ts";
export { gather } from "./tasks/gather.ts";
export type { Gathered } from "./tasks/gather.ts";
export { amap, map } from "./tasks/map.ts";
export type { MapOptions } from "./tasks/map.ts";
export { race } from "./tasks/race.ts";
export type { Outcome, Recipe } from "./tasks/recipe.ts";
export { earlierErrors, retry } from "./tasks/retry.ts";
export type { RetryOptions } from "./tasks/retry.ts";
export { CapacityLimiter } from "./sync/capacity-limiter.ts";
export type { CapacityLimiterOptions, CapacityLimiterStatistics } from "./sync/capacity-limiter.ts";
export { Condition } from "./sync/condition.ts";
export type { ConditionOptions, ConditionStatistics, Truthy } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export type { EventOptions, EventStatistics } from "./sync/event.ts";
export type { Lease } from "./sync/lease.ts";
export { Lock } from "./sync/lock.ts";
export type { LockOptions, LockStatistics } from "./sync/lock.ts";
export { ResourceGuard } from "./sync/resource-guard.ts";
export type { ResourceGuardOptions } from "./sync/resource-guard.ts";
export { Semaphore } from "./sync/semaphore.ts";
export type { SemaphoreOptions, SemaphoreStatistics } from "./sync/semaphore.ts";
export { sleep, sleepForever, sleepUntil } from "./time/sleep.ts";
export { failAfter, failAt, moveOnAfter, moveOnAt } from "./time/timeouts.ts";
export type { TimeoutOptions } from "./time/timeouts.ts";
