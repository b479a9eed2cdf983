/**
 * The list of laws.
 *
 * @module
 */

import { caches } from "./caches.ts";
import { cancellation } from "./cancellation.ts";
import { catching } from "./catching.ts";
import { combinators } from "./combinators.ts";
import { deadlines } from "./deadlines.ts";
import { decisions } from "./decisions.ts";
import { delivery } from "./delivery.ts";
import { fairness } from "./fairness.ts";
import { futures } from "./futures.ts";
import { graceful } from "./graceful.ts";
import { groupErrors } from "./group-errors.ts";
import { groups } from "./groups.ts";
import { handles } from "./handles.ts";
import type { Law } from "./law.ts";
import { loop } from "./loop.ts";
import { portals } from "./portals.ts";
import { resources } from "./resources.ts";
import { signals } from "./signals.ts";
import { start } from "./start.ts";
import { streams } from "./streams.ts";
import { swallowing } from "./swallowing.ts";
import { turnTaking } from "./turns.ts";

/** Every law there is. */
export const laws: readonly Law[] = [
  ...loop,
  ...cancellation,
  ...swallowing,
  ...deadlines,
  ...groups,
  ...groupErrors,
  ...catching,
  ...start,
  ...handles,
  ...fairness,
  ...turnTaking,
  ...signals,
  ...resources,
  ...streams,
  ...delivery,
  ...combinators,
  ...decisions,
  ...graceful,
  ...futures,
  ...portals,
  ...caches,
];
