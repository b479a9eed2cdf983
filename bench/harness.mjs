/**
 * The harness: contestants of a case in turn, round after round, in shuffled order.
 *
 * Garbage is collected before each turn; V8 drops the hidden classes that no live object has at that, and with them the optimized code that relied
 * on them, so that a turn of many small classes begins cold. With `warm`, each turn is played once untimed after the collection.
 * The ratio to the floor is taken within a round, so that a slow minute of the machine hits both
 * sides; what is reported is the median over the rounds, with the quartiles.
 *
 * A workload is `{ id, title, cases, summary? }`; a case `{ id, unit, n, per?, expected?, contestants }`; a contestant
 * `{ name, kind, style?, n?, bar?, bytesBar?, cancellable?, run }`, of the kind "floor", "hand", "ours" or "peer". `run(n, watch)` does the
 * work `n` times and gives a number that only work that was done can give; the case says which: `expected(n)`. A quick look scales `n` down, but
 * for a `fixed` case, and leaves out a `heavy` one.
 */

/** A contestant of ours. `bar` is a ratio to the floor; a pair is for Node up to 22, and from 24 on. */
export const ours = (name, style, run, more) => ({ name: `anyrx ${name}`, kind: "ours", style, run, ...more });

/** A contestant that a user might pick instead. */
export const peer = (name, run, more) => ({ name, kind: "peer", run, ...more });

/** What is written by hand, and measured against. */
export const floor = (name, run) => ({ name: `by hand: ${name}`, kind: "floor", run });

/** Something else that is written by hand. */
export const hand = (name, run) => ({ name: `by hand: ${name}`, kind: "hand", run });

const bun = globalThis.Bun;

/** The real clock, also while a contestant has put another one in its place. */
const now = performance.now.bind(performance);

/** Collects all garbage. */
export function collect() {
  if (bun !== undefined) bun.gc(true);
  else globalThis.gc();
}

/** What a turn may ask for beside being timed as a whole. */
class Watch {
  from = 0;
  to = 0;
  /** Set by a turn that weighs what it holds. */
  bytes = undefined;

  /** Timing begins here, and not at the beginning of the turn. */
  start() {
    this.from = now();
  }

  /** Timing ends here, and not at the end of the turn. */
  stop() {
    this.to = now();
  }

  /** The bytes of the heap that are in use. */
  heap() {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  }
}

/** Lets whatever the last turn left behind run out, such as the context store that is given up a turn of the loop later. */
async function settle() {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(list, rand) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(rand() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Median and quartiles. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p) => {
    const index = p * (sorted.length - 1);
    const low = Math.floor(index);
    const high = Math.ceil(index);
    return sorted[low] + (sorted[high] - sorted[low]) * (index - low);
  };
  return { q1: at(0.25), median: at(0.5), q3: at(0.75) };
}

async function turn(contestant, n, { per = 1, expected = (count) => count * per }, warm) {
  await settle();
  collect();
  if (warm) {
    await contestant.run(n, new Watch());
    await settle();
  }
  const watch = new Watch();
  watch.start();
  const result = await contestant.run(n, watch);
  if (watch.to === 0) watch.stop();
  const wanted = expected(n);
  if (result !== wanted) {
    throw new Error(
      `"${contestant.name}" did not do its work: ${String(wanted)} was expected, and ${String(result)} came out`,
    );
  }
  return { ns: ((watch.to - watch.from) * 1e6) / (n * per), bytes: watch.bytes };
}

function barHere(bar) {
  if (!Array.isArray(bar)) return bar;
  if (bun !== undefined) return undefined;
  return Number(process.versions.node.split(".")[0]) < 24 ? bar[0] : bar[1];
}

/** Plays one case, and gives a row for each contestant. */
async function playCase(one, { rounds, warmups, scale, seed, warm, note }) {
  const rand = random(seed);
  const size = (n) => (scale === 1 ? n : Math.max(100, Math.round((n * scale) / 100) * 100));
  const times = (contestant) => {
    const n = contestant.n ?? one.n;
    if (one.fixed === true) return n;
    // A case that counts something large, such as trees, scales down to 1.
    return one.per > 100 ? Math.max(1, Math.round(n * scale)) : size(n);
  };
  const turns = new Map(
    one.contestants.map((contestant) => [contestant, { ns: [], bytes: [], ratio: [], stored: [] }]),
  );
  const base = one.contestants.find((contestant) => contestant.kind === "floor");
  const stored = one.contestants.find((contestant) => contestant.kind === "floor-stored");
  for (let round = -warmups; round < rounds; round++) {
    note(`${one.id}: ${round < 0 ? "warm-up" : `round ${String(round + 1)} of ${String(rounds)}`}`);
    const results = new Map();
    for (const contestant of shuffled(one.contestants, rand)) {
      results.set(contestant, await turn(contestant, times(contestant), one, warm));
    }
    if (round < 0) continue;
    for (const [contestant, { ns, bytes }] of results) {
      const all = turns.get(contestant);
      all.ns.push(ns);
      if (bytes !== undefined) all.bytes.push(bytes);
      all.ratio.push(ns / results.get(base).ns);
      if (stored !== undefined) all.stored.push(ns / results.get(stored).ns);
    }
  }
  const rows = one.contestants.map((contestant) => {
    const { ns, bytes, ratio, stored: storedRatio } = turns.get(contestant);
    const row = { name: contestant.name, kind: contestant.kind };
    if (contestant.style !== undefined) row.style = contestant.style;
    if (contestant.cancellable === true) row.cancellable = true;
    row.n = times(contestant);
    row.shrunk = (contestant.n ?? one.n) < one.n;
    row.ns = spread(ns);
    row.ratio = spread(ratio);
    if (storedRatio.length > 0) row.storedRatio = spread(storedRatio);
    const bar = barHere(contestant.bar);
    if (bar !== undefined) {
      row.bar = bar;
      row.pass = (row.storedRatio ?? row.ratio).median <= bar;
    }
    if (bytes.length > 0) row.bytes = spread(bytes);
    if (contestant.bytesBar !== undefined) {
      row.bytesBar = contestant.bytesBar;
      row.bytesPass = row.bytes.median <= contestant.bytesBar;
    }
    return row;
  });
  return { id: one.id, unit: one.unit, per: one.per ?? 1, rows };
}

/** Plays a workload. Gives its cases with a row for each contestant, and what its summary makes of them. */
export async function play(workload, options) {
  const cases = [];
  for (const one of workload.cases) {
    if (options.scale === 1 || one.heavy !== true) cases.push(await playCase(one, options));
  }
  return {
    id: workload.id,
    title: workload.title,
    rounds: options.rounds,
    cases,
    summary: workload.summary?.(cases) ?? [],
  };
}
