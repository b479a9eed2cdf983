/**
 * The style of a timeline: its colours by day and by night, and what has which.
 *
 * @module
 */

import type { WaitKind } from "./wait-kind.ts";

/** How many colours streams have before they repeat. */
export const STREAM_COLOURS = 6;

/** The class of what a task does. */
export const STATE_CLASSES: Readonly<Record<WaitKind | "joins" | "runs", string>> = {
  sleep: "w0",
  receive: "w1",
  send: "w2",
  acquire: "w3",
  end: "w4",
  other: "w5",
  joins: "wj",
  runs: "wr",
};

interface Palette {
  readonly paper: string;
  readonly stripe: string;
  readonly ink: string;
  readonly dim: string;
  readonly grid: string;
  readonly box: string;
  readonly edge: string;
  readonly stop: string;
  readonly halt: string;
  readonly run: string;
  readonly joins: string;
  /** On the colours of waits. */
  readonly on: string;
  readonly waits: readonly string[];
  readonly streams: readonly string[];
}

const DAY: Palette = {
  paper: "#ffffff",
  stripe: "#f6f8fa",
  ink: "#1f2328",
  dim: "#656d76",
  grid: "#e3e7ec",
  box: "#5b7083",
  edge: "#a9b4c0",
  stop: "#cf222e",
  halt: "#bc4c00",
  run: "#1a7f37",
  joins: "#e6eaef",
  on: "#24303c",
  waits: ["#c8d1dc", "#a5d0fb", "#fbc99a", "#d3bdf7", "#a8e0d1", "#f2dd8c"],
  streams: ["#0550ae", "#953800", "#116329", "#8250df", "#a40e5c", "#0a7080"],
};

const NIGHT: Palette = {
  paper: "#0d1117",
  stripe: "#141a22",
  ink: "#e6edf3",
  dim: "#8d96a0",
  grid: "#262d36",
  box: "#9fb2c6",
  edge: "#4d5866",
  stop: "#ff7b72",
  halt: "#f0883e",
  run: "#3fb950",
  joins: "#222a34",
  on: "#eef3f8",
  waits: ["#46515f", "#1f5a93", "#8a5316", "#5d4592", "#1d6b5c", "#75651b"],
  streams: ["#79c0ff", "#ffa657", "#7ee787", "#d2a8ff", "#ff9bce", "#6fdde8"],
};

/** The style sheet. It reaches no further than the drawing, also within a page. */
export const STYLE: string = [
  `.anyrx-timeline{${variablesOf(DAY)}color-scheme:light dark}`,
  `@media(prefers-color-scheme:dark){.anyrx-timeline{${variablesOf(NIGHT)}}}`,
  ...[
    "text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink)}",
    ".p{fill:var(--paper)}",
    ".s{fill:var(--stripe)}",
    ".g{stroke:var(--grid);fill:none}",
    ".d{fill:var(--dim)}",
    ".h{font-size:12px;font-weight:600}",
    ".n{font-size:12px}",
    ".nc{font-size:9px}",
    ".t{stroke:var(--edge);fill:none}",
    ".b{fill:var(--box);fill-opacity:.05;stroke:var(--edge)}",
    ".bc{fill:var(--stop);fill-opacity:.1}",
    ".bl{font-size:10px;paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round;stroke-opacity:.75;fill:var(--dim)}",
    ".dl{stroke:var(--halt);stroke-dasharray:3 2;fill:none}",
    ".cl{stroke:var(--stop);stroke-width:1.5;fill:none}",
    ".q{fill:none;stroke:var(--edge);stroke-dasharray:2 2}",
    ".l{font-size:9px;fill:var(--on);pointer-events:none}",
    ".k{stroke:var(--run);stroke-width:1.5;fill:none}",
    ".kc{stroke:var(--stop);stroke-width:1.5;fill:none}",
    ".u{fill:var(--stop)}",
    ".e{stroke:var(--ink);stroke-width:2;fill:none;stroke-linecap:round}",
    ".ef{stroke:var(--stop);stroke-width:2.2;fill:none;stroke-linecap:round}",
    ".ec{stroke:var(--halt);stroke-width:1.8;fill:var(--paper)}",
    ".wj{fill:var(--joins)}",
    ".wr{fill:var(--run)}",
    ".a{fill:none;stroke-width:1.3}",
    ".af{fill:none;stroke-width:.6;stroke-opacity:.45}",
    ...DAY.waits.map((_, i) => `.w${String(i)}{fill:var(--w${String(i)})}`),
    ...DAY.streams.map(
      (_, i) => `.c${String(i)}{stroke:var(--c${String(i)})}.f${String(i)}{fill:var(--c${String(i)})}`,
    ),
  ].map((rules) => rules.replace(/(^|\})([^{}]+)\{/g, "$1.anyrx-timeline $2{")),
].join("");

function variablesOf({ waits, streams, ...plain }: Palette): string {
  const all = [
    ...Object.entries(plain),
    ...waits.map((colour, i) => [`w${String(i)}`, colour]),
    ...streams.map((colour, i) => [`c${String(i)}`, colour]),
  ];
  return all.map(([name, colour]) => `--${String(name)}:${String(colour)};`).join("");
}
