/**
 * `anyrx/effect`: programs of anyrx on Effect, and each inside the other.
 *
 * @module
 */

import "../index.ts"; // Which binds the host: this subpath may be the only one that is imported.
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { welcome } from "../kernel/neighbor.ts";
import type { Operation } from "../kernel/operation.ts";
import { offerBackend } from "../run.ts";
import { effectBackend } from "./effect-backend.ts";
import { habitatHere } from "./habitat.ts";
import { toEffect } from "./to-effect.ts";

export { DefectError } from "./cause.ts";
export { type EffectBackend, effectBackend, type EffectBackendOptions } from "./effect-backend.ts";
export { fromEffect } from "./from-effect.ts";
export { toEffect, type ToEffectOptions } from "./to-effect.ts";

offerBackend("effect", () => effectBackend());
welcome({
  habitat: habitatHere,
  iterate: <T>(operation: Operation<T>) =>
    // Its type says that it cannot fail: an error is a defect there.
    Fiber.getCurrent() === undefined
      ? null
      : (Effect.orDie(toEffect(operation))[Symbol.iterator]() as Iterator<never, T, unknown>),
});
