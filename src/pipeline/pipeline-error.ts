/**
 * @module
 */

import { branded, type Guard, guardOf } from "../base/brand.ts";
import { brief } from "../base/brief.ts";

/** A stage of a pipeline failed, or its source, or its sink. What it failed with is the `cause`. */
export class PipelineError extends Error {
  static {
    branded(this, "PipelineError");
  }
  /** What failed first: the name of a stage, `"source"` or `"sink"`. */
  readonly stage: string;

  constructor(pipeline: string, stage: string, cause: unknown) {
    const whole = pipeline === "" ? "the pipeline" : `the pipeline "${pipeline}"`;
    super(`Cannot finish ${whole}: its ${titled(stage)} failed with ${brief(cause)}; see the cause`, { cause });
    this.stage = stage;
  }
}

function titled(stage: string): string {
  return stage === "source" || stage === "sink" ? stage : `stage "${stage}"`;
}

/** Whether `error` is a {@link PipelineError}. */
export const isPipelineError: Guard<PipelineError> = /* @__PURE__ */ guardOf<PipelineError>("PipelineError");
