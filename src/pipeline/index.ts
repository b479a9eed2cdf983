/**
 * `anyrx/pipeline`: streams of items through stages, bounded, cancellable, and with nothing lost.
 *
 * @module
 */

export { batch } from "./batch.ts";
export type { BatchOptions } from "./batch.ts";
export { buffer } from "./buffer.ts";
export { broadcast, merge, partition, zip } from "./fan.ts";
export type { BroadcastOptions } from "./fan.ts";
export { filter } from "./filter.ts";
export { flatMap } from "./flat-map.ts";
export { mapConcurrent } from "./map-concurrent.ts";
export type { MapConcurrentOptions } from "./map-concurrent.ts";
export { rateLimit, throttle } from "./pace.ts";
export type { RateLimitOptions, ThrottleOptions } from "./pace.ts";
export { pipeline } from "./pipeline.ts";
export type { Sink, SinkEnded, Source } from "./ends.ts";
export type { Pipeline, PipelineOptions } from "./pipeline.ts";
export { isPipelineError, PipelineError } from "./pipeline-error.ts";
export type { PipelineProgress, StageProgress } from "./progress.ts";
export { retryEach } from "./retry-each.ts";
export { rx } from "./rx-stage.ts";
export { scan } from "./scan.ts";
export { collect, forEach } from "./sinks.ts";
export type { ForEachOptions, SinkFunction } from "./sinks.ts";
export { stage } from "./stage.ts";
export type { Stage, StageOptions, StreamStage } from "./stage.ts";
export { take, takeUntil } from "./take.ts";
