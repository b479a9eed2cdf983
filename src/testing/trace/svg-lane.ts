/**
 * The drawing of a lane: its boxes, its line with what it waited for, and its end.
 *
 * @module
 */

import type { TaskOutcome } from "../../kernel/instruments.ts";
import { durationText } from "./duration.ts";
import { boxTitle, why } from "./notes.ts";
import type { Box, Stretch } from "./picture.ts";
import { columnsOf, fitted } from "./printable.ts";
import { stretchesOf } from "./stretches.ts";
import type { Layout, PlacedLane } from "./svg-layout.ts";
import { element, type Markup, tenth, text, tooltip } from "./svg-markup.ts";
import { STATE_CLASSES } from "./svg-style.ts";
import { shortWait, WAIT_TITLES } from "./wait-kind.ts";

/** How wide a letter of a label is, in a box and in a line. */
const BOX_LETTER = 6.1;
const BAR_LETTER = 5.5;
/** What is narrower than this is drawn together with its neighbours. */
const THIN = 0.75;

/** The boxes of a lane, those outside first, and what was cancelled in them. */
export function drawBoxes(layout: Layout, place: PlacedLane, names: ReadonlyMap<number, string>): Markup[] {
  return [...place.lane.boxes]
    .sort((a, b) => a.row - b.row || a.begins - b.begins)
    .flatMap((box) => drawBox(layout, place, box, names));
}

function drawBox(layout: Layout, place: PlacedLane, box: Box, names: ReadonlyMap<number, string>): Markup[] {
  const { scale } = layout;
  const { x, y, width, height } = layout.edgesOf(place, box);
  const { cancelled, deadline } = box;
  const lines = [
    `${boxTitle(box)} of ${place.lane.name}: ${spanText(box)}`,
    ...(deadline === null ? [] : [`deadline at ${durationText(deadline)}`]),
    ...(box.shield === false ? [] : [box.shield === "soft" ? "softly shielded" : "shielded"]),
    ...(cancelled === null ? [] : [`cancelled at ${durationText(cancelled.time)}${why(cancelled, names)}`]),
  ];
  const rx = Math.min(3, width / 2);
  const drawn = [element("rect", { class: "b", x, y, width, height, rx }, tooltip(...lines))];
  if (cancelled !== null && cancelled.time <= box.to) {
    const at = Math.max(x, scale.x(cancelled.time));
    drawn.push(
      element("rect", { class: "bc", x: at, y, width: Math.max(1, x + width - at), height, rx }, tooltip(...lines)),
      element("path", { class: "cl", d: `M${tenth(at)} ${tenth(y)}v${tenth(height)}` }),
    );
  } else if (deadline !== null && deadline >= box.from && deadline <= box.to) {
    drawn.push(element("path", { class: "dl", d: `M${tenth(scale.x(deadline))} ${tenth(y)}v${tenth(height)}` }));
  }
  return drawn;
}

/** The labels of the boxes and of the line. They lie above all else, so that no arrow goes through them. */
export function drawLabels(layout: Layout, place: PlacedLane): Markup[] {
  if (layout.sizes.small) return [];
  const drawn: Markup[] = [];
  for (const box of place.lane.boxes) {
    if (box.row >= place.rows) continue;
    const { x, y, width } = layout.edgesOf(place, box);
    const label = shortened(labelOf(box), (width - 6) / BOX_LETTER);
    if (label !== "") drawn.push(element("text", { class: "bl", x: x + 4, y: y + 10.5 }, text(label)));
  }
  for (const { x, width, main, count } of pieces(layout, stretchesOf(place.lane))) {
    const { kind, waits, more } = main;
    const [first] = waits;
    if (first === undefined || kind === "joins" || count > 1) continue;
    const others = waits.length + more - 1;
    const wait = `${shortWait(first.on)}${others > 0 ? ` +${String(others)}` : ""}`;
    const label = shortened(wait, (width - 6) / BAR_LETTER);
    if (label !== "") drawn.push(element("text", { class: "l", x: x + 4, y: place.bar + 10 }, text(label)));
  }
  return drawn;
}

/** `label` in so many columns; nothing, when too little of it would be left to be of use. */
function shortened(label: string, columns: number): string {
  const short = fitted(label, Math.floor(columns));
  return short.endsWith("…") && columnsOf(short) < 6 ? "" : short;
}

function labelOf({ name, kind, deadline, shield }: Box): string {
  const until = deadline === null ? "" : ` until ${durationText(deadline)}`;
  return `${name === "" ? kind : name}${until}${shield === false ? "" : ", shielded"}`;
}

/** The line of a task: what it waited for, when it ran, how it ended. */
export function drawBar(layout: Layout, place: PlacedLane): Markup[] {
  const { lane, bar: y } = place;
  const { scale, sizes } = layout;
  const height = sizes.bar;
  const drawn: Markup[] = [];
  const begins = lane.started ?? lane.to;
  if (lane.task === 0) {
    const d = `M${tenth(scale.x(lane.from))} ${tenth(y + height / 2)}H${tenth(scale.x(lane.to))}`;
    return [element("path", { class: "q", d }, tooltip("code outside of any task"))];
  }
  if (begins > lane.from) {
    const [x, to] = [scale.x(lane.from), scale.x(begins)];
    const waiting = tooltip(`${lane.name}: spawned at ${durationText(lane.from)}, not begun`);
    drawn.push(element("rect", { class: "q", x, y: y + 1, width: Math.max(1, to - x), height: height - 2 }, waiting));
  }
  for (const piece of pieces(layout, stretchesOf(lane))) drawn.push(drawPiece(place, piece, height));
  if (lane.cancelled !== null && lane.cancelled.time <= lane.to) {
    const d = `M${tenth(scale.x(lane.cancelled.time))} ${tenth(y - 3)}v${tenth(height + 6)}`;
    const title = tooltip(`${lane.name} was cancelled at ${durationText(lane.cancelled.time)}`);
    drawn.push(element("path", { class: "cl", d }, title));
  }
  drawn.push(...drawTurns(layout, place), ...drawCleanups(layout, place), ...drawEnd(layout, place));
  return drawn;
}

/** Some stretches that are drawn as one. */
interface Piece {
  readonly x: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
  readonly main: Stretch;
  readonly count: number;
}

/** Puts together neighbours that are too thin to be seen: the longest of them gives the colour. */
function pieces({ scale }: Layout, stretches: readonly Stretch[]): Piece[] {
  const found: Piece[] = [];
  let group: Stretch[] = [];
  const flush = (): void => {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return;
    const [x, end] = [scale.x(first.from), scale.x(last.to)];
    const main = group.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
    found.push({ x, width: Math.max(end - x, THIN), from: first.from, to: last.to, main, count: group.length });
    group = [];
  };
  for (const stretch of stretches) {
    const wide = scale.x(stretch.to) - scale.x(stretch.from) >= THIN;
    if (wide) flush();
    group.push(stretch);
    if (wide || scale.x(stretch.to) - scale.x((group[0] as Stretch).from) >= THIN) flush();
  }
  flush();
  return found;
}

function drawPiece({ lane, bar: y }: PlacedLane, { x, width, from, to, main, count }: Piece, height: number): Markup {
  const { kind, waits, more } = main;
  const told =
    count > 1
      ? [`${String(count)} stretches, mostly: ${WAIT_TITLES[kind]}`]
      : waits.length === 0
        ? [WAIT_TITLES[kind]]
        : [...waits.map((wait) => `waits for ${wait.on}`), ...(more > 0 ? [`and ${String(more)} more`] : [])];
  const title = tooltip(`${lane.name}: ${spanText({ from, to, open: false })}`, ...told);
  return element("rect", { class: STATE_CLASSES[kind], x, y, width, height }, title);
}

/** A tick wherever a wait ended, so that something ran; red where it was cancelled. */
function drawTurns({ scale, sizes }: Layout, { lane, bar }: PlacedLane): Markup[] {
  const ticks = { k: new Set<string>(), kc: new Set<string>() };
  if (lane.started !== null) ticks.k.add(tenth(scale.x(lane.started)));
  for (const { time, outcome } of lane.turns) {
    if (time > lane.to) continue;
    (outcome === "cancelled" ? ticks.kc : ticks.k).add(tenth(scale.x(time)));
  }
  return Object.entries(ticks).flatMap(([name, xs]) => {
    if (xs.size === 0) return [];
    return [
      element("path", { class: name, d: [...xs].map((x) => `M${x} ${tenth(bar)}v${tenth(sizes.bar)}`).join("") }),
    ];
  });
}

/** A line below the task while it is on its way out of a cancellation: until it leaves the scope that was cancelled, or ends. */
function drawCleanups({ scale, sizes }: Layout, { lane, bar }: PlacedLane): Markup[] {
  const caught = lane.boxes.filter((box) => box.caught).sort((a, b) => a.ends - b.ends);
  const drawn: Markup[] = [];
  let next = 0;
  let until = -1;
  for (const { time, place, outcome } of lane.turns) {
    if (outcome !== "cancelled" || place < until || time > lane.to) continue;
    while (next < caught.length && caught[next]!.ends <= place) next++;
    let at = next;
    while (at < caught.length && caught[at]!.begins > place) at++; // Its cleanup may have had a limit of its own.
    const around = caught[at];
    const { ends, to: end } = around ?? lane;
    until = ends;
    const [x, to] = [scale.x(time), scale.x(end)];
    if (to - x < 1) continue;
    const span = spanText({ from: time, to: end, open: false });
    const height = sizes.small ? 1.5 : 2;
    const title = tooltip(`${lane.name} cleans up after its cancellation: ${span}`);
    drawn.push(element("rect", { class: "u", x, y: bar + sizes.bar - height, width: to - x, height }, title));
  }
  return drawn;
}

function drawEnd({ scale, sizes }: Layout, { lane, bar }: PlacedLane): Markup[] {
  if (lane.outcome === null) return [];
  const at = durationText(lane.to);
  const title = tooltip(`${lane.name} ${ENDED[lane.outcome]} at ${at}${lane.error === "" ? "" : `: ${lane.error}`}`);
  return [endSign(lane.outcome, scale.x(lane.to), bar + sizes.bar / 2, sizes.bar, title)];
}

/** As in marbles: a line for a task that finished, a cross for one that failed; and a crossed circle for one that was cancelled. */
export function endSign(outcome: TaskOutcome, x: number, y: number, height: number, ...title: Markup[]): Markup {
  const r = Math.min(4, 0.36 * height);
  if (outcome === "finished")
    return element(
      "path",
      { class: "e", d: `M${tenth(x)} ${tenth(y - height / 2 - 1)}v${tenth(height + 2)}` },
      ...title,
    );
  if (outcome === "failed") {
    const [out, back] = [tenth(2 * r), tenth(-2 * r)];
    return element(
      "path",
      { class: "ef", d: `M${tenth(x - r)} ${tenth(y - r)}l${out} ${out}m0 ${back}l${back} ${out}` },
      ...title,
    );
  }
  const slash = 0.7 * r;
  const d = `M${tenth(x - slash)} ${tenth(y + slash)}l${tenth(2 * slash)} ${tenth(-2 * slash)}`;
  return element("g", { class: "ec" }, ...title, element("circle", { cx: x, cy: y, r }), element("path", { d }));
}

const ENDED: Readonly<Record<TaskOutcome, string>> = {
  finished: "ended",
  failed: "failed",
  cancelled: "was cancelled, and ended",
};

/** From when to when, and for how long. */
export function spanText({ from, to, open }: { from: number; to: number; open: boolean }): string {
  return `${durationText(from)} to ${open ? "the end of the trace" : durationText(to)} (${durationText(to - from)})`;
}
