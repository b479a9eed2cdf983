/**
 * The laws on every backend that this host has: `tools/laws-hosts.mjs` bundles it and runs it against the built package.
 *
 * @module
 */

import { type BackendName, type ContextMode, run, rxBackend } from "anyrx";
import { attach, type Backend } from "anyrx/backend";
import { effectBackend } from "anyrx/effect";
import "anyrx/effection";
import { checkLaws, type Exemption, type Law, type LawBackend, laws } from "anyrx/testing/laws";
import { Context, Scheduler } from "effect";
import { animationFrameScheduler } from "rxjs";
import { GameLoop } from "../demo/game-loop.ts";
import { exemptions } from "../spec/laws/exemptions.ts";

/** What came of one backend. `broken` are texts: the laws, then their logs. */
export interface Row {
  readonly backend: string;
  readonly held: number;
  readonly exempt: number;
  readonly broken: readonly string[];
  readonly ms: number;
}

/** How often what is broken is checked again, by itself: that a machine is busy breaks no law. */
const AGAIN = 2;
/** How many laws wait at the same time: on a real clock, and in frames, of which there are only 60 a second. */
const TOGETHER = { real: 16, frames: 1000 } as const;

const page = typeof document !== "undefined";

interface Subject {
  readonly laws: LawBackend;
  readonly exemptions?: readonly Exemption[] | undefined;
  /** Its waits take so long, 4 ms or a frame, that only the order of events is compared, and not their times. */
  readonly slow?: boolean;
}

function named(backend: BackendName, context?: ContextMode): Subject {
  return {
    laws: {
      name: context === undefined ? backend : `${backend} ${context}`,
      clock: backend === "virtual" ? "exact" : "real",
      run: (main, signal) => run(main, { backend, context, signal }),
    },
    exemptions: exemptions[backend],
  };
}

const longInFrames: readonly Exemption[] = [
  {
    law: "M10",
    title: "whatever the interleaving and whoever is cancelled, each sent item arrives exactly once",
    reason: "60 draws of async functions take minutes, at a frame for each wait",
  },
  {
    law: "B6",
    title: "cancelled from outside they throw a bare Cancelled, once everything has cleaned up",
    reason: "what an async function has to be cancelled in has ended by itself, some frames late",
  },
];

/** A backend for each run: the waits that one lets go on in a frame are counted. */
function inFrames(name: string, make: () => Backend): Subject {
  return {
    exemptions: longInFrames,
    laws: { name, patience: 30_000, run: (main, signal) => run(main, { backend: make(), signal }) },
    slow: true,
  };
}

function attached(name: string, defer: (callback: () => void) => unknown): Backend {
  return attach({
    name,
    defer,
    now: () => performance.now(),
    arm: (delay, callback) => {
      const timer = setTimeout(callback, delay);
      return () => {
        clearTimeout(timer);
      };
    },
  });
}

/** Soon, with a turn for the host between. */
function turn(callback: () => void): void {
  if (!page) return void setImmediate(callback);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(0);
}

const game: LawBackend = {
  name: "game loop",
  run(main, signal) {
    const loop = new GameLoop();
    let over = false;
    const stop = (): void => void (over = true);
    const frame = (): void => {
      if (over) return;
      turn(frame);
      loop.tick(1);
    };
    turn(frame);
    signal.addEventListener("abort", stop);
    return run(main, { backend: loop, signal }).finally(stop);
  },
};

const everywhere: readonly Subject[] = [
  named("native"),
  named("rx"),
  named("virtual"),
  named("virtual", "strict"),
  named("effection"),
  { laws: game },
];
/** The scheduler that Effect has for a page takes a timer for each turn, which is 4 ms there. */
const swift = effectBackend({
  context: Context.make(
    Scheduler.Scheduler,
    new Scheduler.MixedScheduler("async", (callback) => {
      let wanted = true;
      turn(() => {
        if (wanted) callback();
      });
      return () => {
        wanted = false;
      };
    }),
  ),
});
const subjects: readonly Subject[] = page
  ? [
      ...everywhere,
      { ...named("effect"), laws: { ...named("effect").laws, patience: 30_000 }, slow: true },
      { laws: { name: "effect with messages", run: (main, signal) => run(main, { backend: swift, signal }) } },
      inFrames("attached in frames", () => attached("frames", (callback) => requestAnimationFrame(callback))),
      inFrames("rx in frames", () => rxBackend(animationFrameScheduler)),
    ]
  : [
      ...everywhere,
      named("effect"),
      ...(["native", "effect", "effection"] as const).map((name) => named(name, "handoff")),
      {
        laws: {
          name: "attached",
          run: (main, signal) => run(main, { backend: attached("loop", setImmediate), signal }),
        },
      },
    ];

function untimed(law: Law): Law {
  return { ...law, expected: law.expected.map((entry) => entry.replace(/@[\d.]+$/, "")) };
}

/** Checks all of them, one after the other, and tells of each when it is done. */
export async function check(tell: (row: Row) => void, only: readonly string[]): Promise<void> {
  for (const { laws: backend, exemptions = [], slow = false } of subjects) {
    if (only.length > 0 && !only.includes(backend.name)) continue;
    const begun = performance.now();
    const these = slow ? laws.map(untimed) : laws;
    let report = await checkLaws(backend, {
      laws: these,
      exemptions,
      concurrency: slow ? TOGETHER.frames : TOGETHER.real,
    });
    let { held } = report;
    const { exempt, stale } = report;
    for (let n = 0; n < AGAIN && report.broken.length > 0; n++) {
      const again = these.filter((law) => report.broken.some((error) => error.law === law));
      const styles = [...new Set(report.broken.map(({ subject }) => subject.style))];
      const before = report.broken.length;
      report = await checkLaws(backend, { laws: again, styles, concurrency: slow ? TOGETHER.frames : 1 });
      held += before - report.broken.length;
    }
    tell({
      backend: backend.name,
      held,
      exempt: exempt.length,
      broken: [
        ...report.broken.map(({ message }) => message),
        ...(slow ? [] : stale).map(({ law, reason }) => `${law}: exempt, since ${reason}; but it holds`),
      ],
      ms: Math.round(performance.now() - begun),
    });
  }
}
