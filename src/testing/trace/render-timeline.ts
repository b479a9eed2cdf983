/**
 * The door to the pictures of a trace.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { chromeTimeline } from "./chrome-timeline.ts";
import type { Picture } from "./picture.ts";
import { pictureOf } from "./picture-builder.ts";
import { svgTimeline } from "./svg-timeline.ts";
import { textTimeline } from "./text-timeline.ts";
import type { TraceData } from "./trace-event.ts";

/** How a trace is drawn: as marbles in text, as an SVG, or as JSON in Chrome's trace-event format, which Perfetto opens. */
export type TimelineFormat = "text" | "svg" | "chrome";

/** Options of a timeline. */
export interface TimelineOptions {
  /** Default `"text"`. */
  readonly format?: TimelineFormat | undefined;
  /** How wide it may be: a text at least 40 columns, 100 by default; an SVG at least 320 px, 1000 by default. JSON has no width. */
  readonly width?: number | undefined;
}

interface Format {
  readonly draw: (picture: Picture, width: number) => string;
  readonly width: number;
  readonly least: number;
  readonly unit: string;
}

const FORMATS: Readonly<Record<TimelineFormat, Format>> = {
  text: { draw: textTimeline, width: 100, least: 40, unit: "columns" },
  svg: { draw: svgTimeline, width: 1000, least: 320, unit: "px" },
  chrome: { draw: chromeTimeline, width: 0, least: 0, unit: "columns" },
};

/**
 * Draws what {@link recordTrace} has recorded: a lane for each task, in the order of spawning, with what it waited for, the scopes that it was in, the
 * items that it sent and received, and how it ended.
 *
 * - `"text"`: a line of marbles for each task, and a legend. What happened at one instant stands in the same columns.
 * - `"svg"`: a drawing that needs nothing but itself, for light and dark pages. It tells more where the mouse rests.
 * - `"chrome"`: JSON in Chrome's trace-event format, for [Perfetto](https://ui.perfetto.dev) and `chrome://tracing`.
 *
 * @param trace - A trace, also one that still records, or the data of one: what `JSON.parse` makes of a trace that was written with `JSON.stringify`.
 * @throws {TypeError} When `trace` is no trace, or there is no such format.
 * @throws {RangeError} When `width` is too small, or no number.
 * @example
 * import { createMemoryObjectStream, run, sleep, taskGroup } from "anyrx";
 * import { recordTrace } from "anyrx/testing";
 * using trace = recordTrace();
 * const [send, receive] = createMemoryObjectStream<string>(0, { name: "words" });
 * await run(() => taskGroup(async (tg) => {
 *   tg.startSoon(async () => { await sleep(5); await send.send("hello"); }, { name: "talker" });
 *   tg.startSoon(() => receive.receive(), { name: "listener" });
 * }), { backend: "virtual" });
 * const lines = renderTimeline(trace).split("\n");
 * lines[0]; // => "run on virtual, 5 ms"
 * lines[3]; // => "main       ^====|"
 * lines[4]; // => " talker    ^....a|"
 * lines[5]; // => " listener  ^<<<<A|"
 */
export function renderTimeline(trace: TraceData, options?: TimelineOptions): string {
  const { format = "text", width } = options ?? {};
  if (!Object.hasOwn(FORMATS, format)) {
    throw new TypeError(
      `Cannot render a timeline as ${shown(format)}: there is no such format; use "text", "svg" or "chrome"`,
    );
  }
  const { draw, width: usual, least, unit } = FORMATS[format];
  if (width !== undefined && !(typeof width === "number" && Number.isFinite(width) && width >= least)) {
    throw new RangeError(
      `Cannot render a timeline of ${typeof width === "number" ? `${String(width)} ${unit}` : shown(width)}: ` +
        `it must be at least ${String(least)} ${unit}; pass such a number, or none`,
    );
  }
  if (typeof trace !== "object" || (trace as unknown) === null || trace.version !== 1 || !Array.isArray(trace.events)) {
    throw new TypeError(
      `Cannot render a timeline of ${shown(trace)}: it is no trace; pass what recordTrace() gave, or its JSON, parsed`,
    );
  }
  return draw(pictureOf(trace), Math.floor(width ?? usual));
}
