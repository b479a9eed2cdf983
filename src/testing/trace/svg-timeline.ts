/**
 * Timelines on paper: an SVG that needs nothing but itself.
 *
 * @module
 */

import type { TaskOutcome } from "../../kernel/instruments.ts";
import { durationText } from "./duration.ts";
import { notesOf } from "./notes.ts";
import type { Lane, Picture, Run } from "./picture.ts";
import { columnsOf, fitted } from "./printable.ts";
import { stretchesOf } from "./stretches.ts";
import { coloursOf, drawArrows } from "./svg-arrows.ts";
import { drawBar, drawBoxes, drawLabels, endSign } from "./svg-lane.ts";
import { Layout } from "./svg-layout.ts";
import { element, type Markup, tenth, text, tooltip } from "./svg-markup.ts";
import { STATE_CLASSES, STREAM_COLOURS, STYLE } from "./svg-style.ts";
import { WAIT_KINDS, WAIT_TITLES } from "./wait-kind.ts";

const MARGIN = 14;
/** The heading of a run, and its axis. */
const HEADING = 24;
const AXIS = 18;
const LINE = 17;
const LEGEND_LETTER = 6.8;
const LONGEST = 60;

/** Draws `picture` on a paper that is `width` px wide, and as high as need be. */
export function svgTimeline(picture: Picture, width: number): string {
  const colours = coloursOf(picture.streams);
  const drawn: Markup[] = [];
  let y = MARGIN;
  for (const run of picture.runs) {
    const layout = new Layout(run, timesOf(run), y + HEADING + AXIS, MARGIN, width - MARGIN - 8);
    drawn.push(heading(run, picture.runs.length > 1, y), ...drawRun(layout, width));
    drawn.push(...drawArrows(layout, colours), ...layout.lanes.flatMap((place) => drawLabels(layout, place)));
    y = layout.bottom + 10;
    const notes = notesOf(run);
    const indent = MARGIN + 10 + LEGEND_LETTER * Math.max(...notes.map(({ at }) => at.length));
    for (const { at, text: note } of notes) {
      const shown = fitted(note, Math.floor((width - MARGIN - indent) / LEGEND_LETTER));
      drawn.push(
        element("text", { x: indent - 10, y: y + 10, "text-anchor": "end" }, text(at)),
        element("text", { class: "d", x: indent, y: y + 10 }, text(shown)),
      );
      y += LINE;
    }
    y += 6;
  }
  const told = remark(picture);
  if (told !== "") {
    drawn.push(element("text", { class: "d", x: MARGIN, y: y + 10 }, text(told)));
    y += LINE;
  }
  const legend = new Legend(y, width);
  describeSigns(picture, legend);
  drawn.push(...legend.drawn);
  const height = Math.ceil(legend.bottom + MARGIN);
  const label = `Timeline of ${picture.runs.length === 1 ? "a run" : `${String(picture.runs.length)} runs`}`;
  return element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", class: "anyrx-timeline", width, height },
      ...{ viewBox: `0 0 ${String(width)} ${String(height)}`, role: "img", "aria-label": label },
    },
    { markup: `<style>${STYLE}</style>` },
    element("rect", { class: "p", width, height }),
    ...drawn,
  ).markup;
}

function remark({ runs, dropped }: Picture): string {
  if (dropped > 0)
    return `The trace was full: ${String(dropped)} more ${dropped === 1 ? "event was" : "events were"} not recorded.`;
  return runs.length === 0 ? "Nothing was recorded." : "";
}

function heading({ run, backend, outside, from, to, open }: Run, several: boolean, y: number): Markup {
  const what = outside ? "outside of any run, on" : "run on";
  const span = from === 0 ? durationText(to) : `${durationText(from)} to ${durationText(to)}`;
  const title = `${several ? `${String(run)}: ` : ""}${what} ${fitted(backend, LONGEST)}, ${span}${open && !outside ? ", not ended" : ""}`;
  return element("text", { class: "h", x: MARGIN, y: y + 12 }, text(title));
}

/** When something happens in `run`, in order. */
function timesOf(run: Run): number[] {
  const times = new Set<number>();
  for (const { from, to, started, turns, boxes, marks } of run.lanes) {
    for (const time of [from, to, started ?? from]) times.add(time);
    for (const { time } of turns) times.add(time);
    for (const { time } of marks) times.add(time);
    for (const box of boxes) times.add(box.from).add(box.to);
  }
  return [...times].sort((a, b) => a - b);
}

function drawRun(layout: Layout, width: number): Markup[] {
  const { lanes, left, right, scale, sizes, top, bottom } = layout;
  const names = new Map(lanes.map(({ lane }) => [lane.task, lane.name]));
  const ticks = scale.ticks();
  const drawn: Markup[] = [];
  lanes.forEach(({ top: y, height }, i) => {
    if (i % 2 === 0)
      drawn.push(element("rect", { class: "s", x: MARGIN - 6, y, width: width - 2 * MARGIN + 12, height }));
  });
  const grid = ticks.map(({ x }) => `M${tenth(x)} ${tenth(top - 4)}V${tenth(bottom)}`).join("");
  drawn.push(
    element("path", { class: "g", d: grid }),
    element("text", { class: "d", x: left - 8, y: top - 8, "text-anchor": "end" }, text("ms")),
  );
  for (const { x, label } of ticks)
    drawn.push(
      element("text", { class: "d", x, y: top - 8, "text-anchor": x > right - 20 ? "end" : "middle" }, text(label)),
    );
  for (const { x, width: gap, from, to } of scale.cuts) {
    const zigzag =
      `M${tenth(x + gap / 2 - 4)} ${tenth(top - 4)}` + "l8 4l-8 4".repeat(Math.ceil((bottom - top + 4) / 8));
    drawn.push(
      element("path", { class: "g", d: zigzag }, tooltip(`${durationText(to - from)} are not drawn to scale`)),
    );
  }
  for (const place of lanes) {
    const attributes = { class: sizes.small ? "nc" : "n", x: place.nameX, y: place.bar + (sizes.small ? 6.5 : 11) };
    drawn.push(element("text", attributes, tooltip(titleOf(place.lane, names)), text(place.name)));
  }
  for (const place of lanes) drawn.push(...drawBoxes(layout, place, names));
  drawn.push(...drawSpawns(layout));
  for (const place of lanes) drawn.push(...drawBar(layout, place));
  return drawn;
}

/** A line from who spawned to who was spawned. */
function drawSpawns(layout: Layout): Markup[] {
  const { lanes, scale, sizes } = layout;
  let d = "";
  for (const { lane, bar } of lanes) {
    const parent = lane.parent === null ? undefined : layout.placeOf(lane.parent);
    if (parent === undefined) continue;
    d += `M${tenth(scale.x(lane.from) - 3)} ${tenth(parent.bar + sizes.bar)}V${tenth(bar + sizes.bar / 2)}h3`;
  }
  return d === "" ? [] : [element("path", { class: "t", d })];
}

function titleOf(lane: Lane, names: ReadonlyMap<number, string>): string {
  const spawner = lane.parent === null ? undefined : names.get(lane.parent.task);
  return spawner === undefined ? lane.name : `${lane.name}, spawned by ${spawner}`;
}

/** Entries side by side, in as many lines as they need. */
class Legend {
  readonly drawn: Markup[] = [];
  bottom: number;
  private readonly width: number;
  private x = MARGIN;

  constructor(y: number, width: number) {
    this.bottom = y;
    this.width = width;
  }

  /** @param sign - Draws the sign, in a square of 10 px. */
  add(title: string, sign: (x: number, y: number) => Markup): void {
    const needed = 16 + columnsOf(title) * LEGEND_LETTER + 14;
    if (this.drawn.length === 0) this.bottom += LINE;
    else if (this.x + needed > this.width - MARGIN) {
      this.x = MARGIN;
      this.bottom += LINE;
    }
    const y = this.bottom - 13;
    this.drawn.push(sign(this.x, y), element("text", { class: "d", x: this.x + 16, y: y + 9 }, text(title)));
    this.x += needed;
  }
}

const ENDINGS: readonly (readonly [TaskOutcome, string])[] = [
  ["finished", "ended"],
  ["failed", "failed"],
  ["cancelled", "ended by its cancellation"],
];

function describeSigns(picture: Picture, legend: Legend): void {
  const lanes = picture.runs.flatMap((run) => run.lanes);
  const kinds = new Set(lanes.flatMap((lane) => stretchesOf(lane).map((stretch) => stretch.kind)));
  for (const kind of [...WAIT_KINDS, "joins", "runs"] as const) {
    if (!kinds.has(kind)) continue;
    legend.add(WAIT_TITLES[kind], (x, y) =>
      element("rect", { class: STATE_CLASSES[kind], x, y, width: 10, height: 10 }),
    );
  }
  const boxes = lanes.flatMap((lane) => lane.boxes);
  const sign = (title: string, shows: boolean, draw: (x: number, y: number) => Markup): void => {
    if (shows) legend.add(title, draw);
  };
  const line = (name: string) => (x: number, y: number) =>
    element("path", { class: name, d: `M${tenth(x + 5)} ${tenth(y - 1)}v12` });
  sign(
    "goes on",
    lanes.some(({ turns }) => turns.length > 0),
    line("k"),
  );
  for (const [outcome, title] of ENDINGS) {
    const shows = lanes.some((lane) => lane.outcome === outcome);
    sign(title, shows, (x, y) => endSign(outcome, x + 5, y + 5, 10));
  }
  sign(
    "was cancelled",
    boxes.some(({ cancelled }) => cancelled !== null),
    line("cl"),
  );
  sign(
    "a deadline",
    boxes.some(({ cancelled, deadline, to }) => cancelled === null && deadline !== null && deadline <= to),
    line("dl"),
  );
  const colours = coloursOf(picture.streams);
  const used = new Set(picture.runs.flatMap((run) => run.hops.map((hop) => hop.stream)));
  for (const stream of [...used].slice(0, STREAM_COLOURS)) {
    const title = stream.name === "" ? `stream ${String(stream.stream)}` : `"${fitted(stream.name, 24)}"`;
    legend.add(`items of ${title}`, (x, y) =>
      element("path", { class: `a c${String(colours.get(stream))}`, d: `M${tenth(x)} ${tenth(y + 8)}l10 -6` }),
    );
  }
  if (used.size > STREAM_COLOURS)
    legend.add(`and of ${String(used.size - STREAM_COLOURS)} more, in the same colours`, () => text(""));
}
