/**
 * Arrows: items on their way from the task that sent them to the one that received them.
 *
 * @module
 */

import { durationText } from "./duration.ts";
import type { Hop, Stream } from "./picture.ts";
import type { Layout, PlacedLane } from "./svg-layout.ts";
import { element, type Markup, tenth, tooltip } from "./svg-markup.ts";
import { STREAM_COLOURS } from "./svg-style.ts";

/** From how many arrows on they are thin. */
const MANY = 400;
/** How many items a tooltip names. */
const NAMED = 6;
const HEAD = 5;

/** Items that go from the same point to the same point. */
interface Bundle {
  readonly from: PlacedLane;
  readonly to: PlacedLane | null;
  readonly x: number;
  readonly end: number;
  readonly hops: Hop[];
}

/** The number of the colour of each stream. */
export function coloursOf(streams: readonly Stream[]): Map<Stream, number> {
  return new Map(streams.map((stream, i) => [stream, i % STREAM_COLOURS]));
}

/** The arrows of a run. Items that would be drawn on each other are one arrow. */
export function drawArrows(layout: Layout, colours: ReadonlyMap<Stream, number>): Markup[] {
  const bundles = new Map<string, Bundle>();
  for (const hop of layout.run.hops) {
    const from = layout.placeOf(hop.from);
    const to = hop.to === null ? null : layout.placeOf(hop.to);
    if (from === undefined || to === undefined) continue; // It went to another run, whose clock is another one.
    const x = layout.scale.x(hop.sent);
    const end = to === null ? x : layout.scale.x(hop.received);
    const key = [hop.stream.stream, hop.from.task, hop.to?.task, Math.round(x * 2), Math.round(end * 2)].join();
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, { from, to, x, end, hops: [hop] });
    else bundle.hops.push(hop);
  }
  const thin = bundles.size > MANY;
  return [...bundles.values()].flatMap((bundle) => drawBundle(bundle, layout.sizes.bar, colours, thin));
}

function drawBundle(
  { from, to, x, end, hops }: Bundle,
  bar: number,
  colours: ReadonlyMap<Stream, number>,
  thin: boolean,
): Markup[] {
  const colour = colours.get(hops[0]!.stream) ?? 0;
  const title = tooltip(...titleOf(hops, from, to));
  const dot = thin ? 1.2 : 2.6;
  if (to === null) {
    // Nobody received it.
    const [cx, cy] = [x, from.bar + bar + 2];
    return [element("circle", { class: `a c${String(colour)}`, cx, cy, r: dot }, title)];
  }
  const down = to.bar > from.bar;
  const start = from.bar + (down ? bar : 0);
  const stop = to.bar + (down ? 0 : bar);
  if (from === to) {
    const lift = from.bar - 9;
    const reach = Math.max(end, x + 8);
    const d = `M${tenth(x)} ${tenth(from.bar)}C${tenth(x)} ${tenth(lift)} ${tenth(reach)} ${tenth(lift)} ${tenth(reach)} ${tenth(from.bar)}`;
    return [
      element(
        "g",
        {},
        title,
        element("path", { class: `a c${String(colour)}`, d }),
        head(reach, from.bar, Math.PI / 2, colour),
      ),
      element("circle", { class: `f${String(colour)}`, cx: x, cy: from.bar, r: dot }),
    ];
  }
  const d = `M${tenth(x)} ${tenth(start)}L${tenth(end)} ${tenth(stop)}`;
  const angle = Math.atan2(stop - start, end - x);
  if (thin) return [element("path", { class: `af c${String(colour)}`, d }, title)];
  return [
    element(
      "g",
      {},
      title,
      element("path", { class: `a c${String(colour)}`, d }),
      element("circle", { class: `f${String(colour)}`, cx: x, cy: start, r: dot }),
      head(end, stop, angle, colour),
    ),
  ];
}

/** A tip at a point. */
function head(x: number, y: number, angle: number, colour: number): Markup {
  const corner = (turn: number): string =>
    `${tenth(x - HEAD * Math.cos(angle + turn))} ${tenth(y - HEAD * Math.sin(angle + turn))}`;
  return element("path", {
    class: `f${String(colour)}`,
    d: `M${tenth(x)} ${tenth(y)}L${corner(0.45)} ${corner(-0.45)}z`,
  });
}

function titleOf(hops: readonly Hop[], from: PlacedLane, to: PlacedLane | null): string[] {
  const [{ stream, sent, received, buffered }] = hops as [Hop];
  const name = stream.name === "" ? `stream ${String(stream.stream)}` : `"${stream.name}"`;
  const what = hops.length === 1 ? "item" : `${String(hops.length)} items`;
  const values = hops.slice(0, NAMED).map((hop) => hop.value);
  if (hops.length > NAMED) values.push("…");
  const way = to === null ? "which nobody received" : `to ${to.lane.name}`;
  const when = durationText(sent);
  return [
    `${what} of ${name} from ${from.lane.name} ${way}: ${values.join(", ")}`,
    to === null || !buffered ? `at ${when}` : `at ${when}, received at ${durationText(received)}`,
  ];
}
