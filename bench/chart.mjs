/**
 * The chart: what each workload costs, as a ratio to what is written by hand, on a log scale. One SVG for each host, without anything from outside.
 *
 * A group shows each style of ours, and the peers: all that are ahead of our best style or of our async functions, the best of the others, and
 * Effect and Effection. The whisker is the spread between the quartiles; the tick on a bar of ours is the bar that it has to meet.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WIDTH = 900;
const LABEL = 330;
const RIGHT = 150;
const ROW = 17;
const HEAD = 30;
const FROM = 0.1;
const TO = 1000;

const COLOURS = {
  ours: "#5b3fd6",
  ahead: "#d9480f",
  aheadOfAsync: "#f0a36b",
  peer: "#a9b1bd",
  ink: "#1c2330",
  soft: "#5d6675",
  line: "#dfe3e8",
  missed: "#c92a2a",
};

/** What is drawn, and what it is called: the key is the id of a case. */
const TITLES = {
  W1a: "100k children that return at once, in one group (W1a)",
  W1b: "100k children that suspend once, in one group (W1b)",
  "W2 depth 10, fan-out 2": "Groups in groups, depth 10, fan-out 2 (W2)",
  "W2 depth 4, fan-out 10": "Groups in groups, depth 4, fan-out 10 (W2)",
  "W3 capacity 0": "Stream of capacity 0, 1 producer, 1 consumer (W3)",
  "W3 capacity 16": "Stream of capacity 16, 1 producer, 1 consumer (W3)",
  "W3 capacity 1024": "Stream of capacity 1024, 1 producer, 1 consumer (W3)",
  "W4 capacity 0": "Stream of capacity 0, 100 producers, 100 consumers (W4)",
  "W4 capacity 16": "Stream of capacity 16, 100 producers, 100 consumers (W4)",
  W5a: "Timeouts that never fire, one after another (W5a)",
  W5b: "10k timeouts at once that fire (W5b)",
  W6: "Cancel a group of 100k sleeping tasks (W6)",
  "W7 lock, uncontended": "A lock that one task acquires and releases (W7)",
  "W7 lock, ping-pong": "A lock that two tasks hand to each other (W7)",
  "W7 lock, 100 tasks": "A lock that 100 tasks wait for (W7)",
  W10: "A pipeline of 8 workers, each under a timeout (W10)",
  "W9 1 pending": "A step of virtual time, 1 timer pending (W9)",
  "W9 2,000 pending": "A step of virtual time, 2,000 timers pending (W9)",
};

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const x = (ratio) => {
  const part = Math.log(Math.min(TO, Math.max(FROM, ratio)) / FROM) / Math.log(TO / FROM);
  return LABEL + part * (WIDTH - LABEL - RIGHT);
};
const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const time = (ns) => (ns >= 9995 ? `${digits(ns / 1000)} µs` : `${ns.toFixed(0)} ns`);
const px = (value) => value.toFixed(1);

/** The best row of each style of ours. Variants only repeat it, unless they take twice as long, or miss a bar that the best one meets. */
function ourRows(rows) {
  const ours = rows.filter(({ kind }) => kind === "ours").sort((a, b) => a.ratio.median - b.ratio.median);
  const best = new Map();
  return ours.filter((row) => {
    if (!best.has(row.style)) best.set(row.style, row);
    const first = best.get(row.style);
    return row === first || row.ratio.median >= 2 * first.ratio.median || (row.pass === false && first.pass === true);
  });
}

/** The rows of one group, fastest first, each with its colour. */
function chosen(rows) {
  const ours = ourRows(rows);
  const best = Math.min(...ours.map((row) => row.ratio.median));
  const async = Math.min(...ours.filter(({ style }) => /await/.test(style)).map((row) => row.ratio.median));
  const colour = ({ kind, ratio: { median } }) => {
    if (kind === "ours") return COLOURS.ours;
    return median < best ? COLOURS.ahead : median < async ? COLOURS.aheadOfAsync : COLOURS.peer;
  };
  const peers = rows.filter((row) => row.kind === "peer").sort((a, b) => a.ratio.median - b.ratio.median);
  const ahead = peers.filter((row) => row.ratio.median < async);
  const behind = peers.filter((row) => row.ratio.median >= async);
  const known = ["effect ", "effection "].flatMap((name) => behind.find((row) => row.name.startsWith(name)) ?? []);
  const shown = new Set([...ours, ...ahead, ...behind.slice(0, Math.max(1, 3 - ahead.length)), ...known]);
  return [...shown].sort((a, b) => a.ratio.median - b.ratio.median).map((row) => ({ ...row, colour: colour(row) }));
}

function text(at, y, content, { anchor = "start", colour = COLOURS.ink, size = 12, weight = 400 } = {}) {
  // The white edge keeps it readable where a line of the grid runs through.
  return `<text paint-order="stroke" stroke="#ffffff" stroke-width="4" x="${px(at)}" y="${px(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${colour}">${escape(content)}</text>`;
}

function rowOf(row, y) {
  const middle = y + ROW / 2;
  const ours = row.kind === "ours";
  const { q1, median, q3 } = row.ratio;
  const parts = [
    text(LABEL - 8, middle + 4, row.name, {
      anchor: "end",
      weight: ours ? 700 : 400,
      colour: ours ? COLOURS.ours : COLOURS.ink,
    }),
    `<rect x="${px(x(FROM))}" y="${px(y + 3)}" width="${px(Math.max(1, x(median) - x(FROM)))}" height="${px(ROW - 6)}" rx="2" fill="${row.colour}"/>`,
    `<path d="M${px(x(q1))} ${px(middle)}H${px(x(q3))}M${px(x(q1))} ${px(middle - 3)}v6M${px(x(q3))} ${px(middle - 3)}v6" stroke="${COLOURS.ink}" stroke-width="1.2" fill="none"/>`,
  ];
  if (row.bar !== undefined) {
    parts.push(`<path d="M${px(x(row.bar))} ${px(y)}v${px(ROW)}" stroke="#ffffff" stroke-width="4"/>`);
    parts.push(
      `<path d="M${px(x(row.bar))} ${px(y)}v${px(ROW)}" stroke="${row.pass ? "#2b8a3e" : COLOURS.missed}" stroke-width="2"/>`,
    );
  }
  const end = Math.max(x(q3), row.bar === undefined ? 0 : x(row.bar)) + 7;
  const goal = row.bar === undefined ? "" : row.pass ? `, bar ${row.bar}` : `, misses ${row.bar}`;
  parts.push(
    text(end, middle + 4, `${digits(median)}× (${time(row.ns.median)})${goal}`, {
      size: 11,
      colour: row.pass === false ? COLOURS.missed : COLOURS.soft,
      weight: ours ? 600 : 400,
    }),
  );
  return parts.join("\n");
}

/** How async functions stand against a floor that has a store active as well: the best await row of each case. */
function inTheSameState({ W11 }) {
  return (W11?.cases ?? [])
    .filter(({ id }) => id in TITLES)
    .map(({ id, rows }) => {
      const all = rows.filter(({ kind }) => kind === "ours");
      const { median } = all.reduce((a, b) => (a.storedRatio.median < b.storedRatio.median ? a : b)).storedRatio;
      return `${id}: ${digits(median)}×`;
    })
    .join(" · ");
}

/** The peers of one colour, in one sentence. */
function named(groups, colour) {
  const parts = groups.flatMap(({ id, rows }) => {
    const names = rows.filter((row) => row.colour === colour).map((row) => row.name);
    return names.length === 0 ? [] : [`${id}: ${names.join(", ")}`];
  });
  return parts.length === 0 ? "no peer" : parts.join(" · ");
}

function wrapped(sentence, length) {
  const lines = [""];
  for (const word of sentence.split(" ")) {
    if (lines.at(-1).length + word.length > length) lines.push("");
    lines[lines.length - 1] += `${lines.at(-1) === "" ? "" : " "}${word}`;
  }
  return lines;
}

/** The chart of one file of results. */
export function draw({ machine, versions, workloads }) {
  const all = Object.values(workloads);
  const groups = all
    .flatMap(({ id, cases }) => (id === "W11" ? [] : cases))
    .filter(({ id }) => id in TITLES)
    .map(({ id, rows, unit }) => ({ id, unit, rows: chosen(rows), base: rows.find((row) => row.kind === "floor") }));
  const commits = [...new Set(all.map(({ commit }) => commit))].join(", ");
  const dates = [...new Set(all.map(({ date }) => date))].sort();
  const rounds = [...new Set(all.map((one) => one.rounds))].join(", ");

  const stored = /^Node 2[0-3]/.test(machine.runtime) ? inTheSameState(workloads) : "";

  const body = [];
  let y = 92;
  const top = y;
  for (const { id, rows, base, unit } of groups) {
    body.push(text(12, y + 20, TITLES[id], { size: 13, weight: 700 }));
    body.push(
      text(WIDTH - 12, y + 20, `${base.name}: ${time(base.ns.median)} per ${unit}`, {
        size: 11,
        anchor: "end",
        colour: COLOURS.soft,
      }),
    );
    y += HEAD;
    for (const row of rows) {
      body.push(rowOf(row, y));
      y += ROW;
    }
    y += 8;
  }
  const grid = [];
  for (let mark = FROM; mark <= TO; mark *= 10) {
    const value = Number(mark.toPrecision(1));
    const one = value === 1;
    grid.push(
      `<path d="M${px(x(value))} ${top}V${y}" stroke="${one ? COLOURS.ink : COLOURS.line}" stroke-width="${one ? 1.2 : 1}"${one ? ' stroke-dasharray="4 3"' : ""}/>`,
    );
    grid.push(
      text(x(value), top - 6, one ? "1 = by hand" : `${value}×`, {
        size: 11,
        anchor: "middle",
        colour: one ? COLOURS.ink : COLOURS.soft,
      }),
    );
  }
  const notes = [
    ...wrapped(`Ahead of every style of anyrx: ${named(groups, COLOURS.ahead)}.`, 145),
    ...wrapped(`Ahead of async functions with anyrx: ${named(groups, COLOURS.aheadOfAsync)}.`, 145),
    ...(stored === ""
      ? []
      : wrapped(
          `A run keeps its scope in an AsyncLocalStorage, which slows each await on Node 20 and 22. With one active around the code by hand too (W11), async functions with anyrx are at ${stored}.`,
          145,
        )),
    ...wrapped(
      `${machine.runtime}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.os}. ${dates[0]}${dates.length > 1 ? ` to ${dates.at(-1)}` : ""}; median of ${rounds} interleaved rounds, the whisker is the spread between the quartiles.`,
      145,
    ),
    ...wrapped(
      Object.entries(versions)
        .map(([name, version]) => (name === "anyrx" ? `anyrx ${version} (${commits})` : `${name} ${version}`))
        .join(" · "),
      145,
    ),
  ];
  y += 14;
  for (const line of notes) {
    body.push(text(12, (y += 15), line, { size: 11, colour: COLOURS.soft }));
  }
  const height = y + 16;
  const key = [
    [COLOURS.ours, "anyrx"],
    [COLOURS.ahead, "peers ahead of every style of anyrx"],
    [COLOURS.aheadOfAsync, "peers ahead of async functions with anyrx"],
    [COLOURS.peer, "other peers"],
  ].map(([colour, label], at) => {
    const left = 12 + [0, 80, 330, 615][at];
    return `<rect x="${left}" y="47" width="12" height="12" rx="2" fill="${colour}"/>${text(left + 18, 57, label, { colour: COLOURS.soft })}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${px(height)}" viewBox="0 0 ${WIDTH} ${px(height)}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="Benchmarks of anyrx and its peers, as ratios to code that is written by hand">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(12, 28, "Time per operation, as a ratio to what is written by hand (log scale, shorter is faster)", { size: 16, weight: 700 })}
${key.join("\n")}
${grid.join("\n")}
${body.join("\n")}
</svg>
`;
}

/** Draws a chart for each file of results in `dir`: chart.svg for Node 20, the oldest that is supported, and chart-<host>.svg for others. */
export function drawAll(dir) {
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(".json")) : [];
  if (files.length === 0) throw new Error("Cannot draw the chart: there are no results; measure something first");
  for (const name of files) {
    const results = JSON.parse(readFileSync(join(dir, name), "utf8"));
    const file = join(dir, results.host === "node20" ? "chart.svg" : `chart-${results.host}.svg`);
    writeFileSync(file, draw(results));
    console.log(
      `drew ${results.host === "node20" ? "bench/results/chart.svg" : `bench/results/chart-${results.host}.svg`}`,
    );
  }
}
