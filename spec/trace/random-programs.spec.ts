import {
  createMemoryObjectStream,
  Lock,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  moveOnAfter,
  operation,
  type OperationGenerator,
  sleep,
  taskGroup,
} from "anyrx";
import fc from "fast-check";
import { renderTimeline, type TraceData, type TraceEvent } from "../../src/testing/index.ts";
import { columnsOf } from "../../src/testing/trace/printable.ts";
import { pictureOf } from "../../src/testing/trace/picture-builder.ts";
import type { Span } from "../../src/testing/trace/picture.ts";
import { stretchesOf } from "../../src/testing/trace/stretches.ts";
import { breaches, readChrome } from "./chrome-rules.ts";
import { traceOf } from "./programs.ts";
import { parseXml } from "./xml.ts";

/** What a random program does. */
type Step =
  | { readonly does: "sleep"; readonly ms: number }
  | { readonly does: "send" | "receive"; readonly ms: number }
  | {
      readonly does: "limit";
      readonly ms: number;
      readonly shield: boolean;
      readonly name: string;
      readonly steps: readonly Step[];
    }
  | { readonly does: "group"; readonly name: string; readonly children: readonly (readonly Step[])[] }
  | { readonly does: "both"; readonly children: readonly (readonly Step[])[] }
  | { readonly does: "lock"; readonly steps: readonly Step[] }
  | { readonly does: "fail" }
  | { readonly does: "catch"; readonly steps: readonly Step[] };

const { step } = fc.letrec<{ step: Step; steps: readonly Step[] }>((tie) => {
  const ms = fc.nat({ max: 12 });
  const name = fc.oneof(fc.constant(""), fc.string({ unit: "binary", maxLength: 12 }), fc.constant("</svg>"));
  const children = fc.array(tie("steps"), { minLength: 1, maxLength: 4, depthIdentifier: "deep" });
  return {
    steps: fc.array(tie("step"), { maxLength: 5, depthIdentifier: "deep" }),
    step: fc.oneof(
      { depthSize: "medium", depthIdentifier: "deep", withCrossShrink: true },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("sleep" as const), ms }) },
      { weight: 4, arbitrary: fc.record({ does: fc.constantFrom("send" as const, "receive" as const), ms }) },
      {
        weight: 2,
        arbitrary: fc.record({
          does: fc.constant("limit" as const),
          ms,
          shield: fc.boolean(),
          name,
          steps: tie("steps"),
        }),
      },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("group" as const), name, children }) },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("both" as const), children }) },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("lock" as const), steps: tie("steps") }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant("fail" as const) }) },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("catch" as const), steps: tie("steps") }) },
    ),
  };
});

/** A group of tasks that have something to do. */
const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.array(step, { minLength: 2, maxLength: 6 }), { minLength: 2, maxLength: 4 })
  .map((children) => [{ does: "group", name: "all", children }]);

/** Runs random steps, in generators or with `await`. */
class Player {
  private readonly lock = new Lock({ name: "lock" });
  private readonly send: MemoryObjectSendStream<number>;
  private readonly receive: MemoryObjectReceiveStream<number>;
  private items = 0;

  constructor(capacity: number) {
    [this.send, this.receive] = createMemoryObjectStream<number>(capacity, { name: "stream" });
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.playOne(step);
  }

  private async playOne(step: Step): Promise<void> {
    switch (step.does) {
      case "sleep":
        await sleep(step.ms);
        break;
      case "send":
        // Nobody may be there to receive it.
        await moveOnAfter(step.ms, () => this.send.send(++this.items));
        break;
      case "receive":
        await moveOnAfter(step.ms, () => this.receive.receive());
        break;
      case "limit":
        await moveOnAfter(step.ms, () => this.play(step.steps), { shield: step.shield, name: step.name });
        break;
      case "group":
        await taskGroup(
          (tg) => {
            for (const [i, child] of step.children.entries()) {
              const body: () => unknown = i % 2 === 0 ? () => this.play(child) : this.generated(child);
              tg.startSoon(body, { name: step.name });
            }
          },
          { name: step.name },
        );
        break;
      case "both": {
        const each = operation((child: readonly Step[]) => this.play(child));
        await Promise.allSettled(step.children.map((child) => each(child).then(undefined)));
        break;
      }
      case "lock":
        // A task that holds it already would wait for itself.
        if (!this.lock.locked()) await this.lock.hold(() => this.play(step.steps));
        break;
      case "fail":
        throw new RangeError("as it was told");
      case "catch":
        try {
          await this.play(step.steps);
        } catch {
          // That is the idea; a cancellation will be thrown again.
        }
    }
  }

  private generated(steps: readonly Step[]): () => OperationGenerator<void> {
    const one = operation((step: Step) => this.playOne(step));
    return function* () {
      for (const step of steps) yield* one(step);
    };
  }
}

/** What is wrong with the events of a trace, in words. */
function faults(trace: TraceData): string[] {
  const found: string[] = [];
  const expectThat = (holds: boolean, what: string, event: TraceEvent): void => {
    if (!holds) found.push(`${what}: ${JSON.stringify(event)}`);
  };
  const times = new Map<number, number>();
  const tasks = new Map<number, "spawned" | "started" | "exited">();
  const waits = new Set<number>();
  const items = new Map<number, "sent" | "received" | "returned">();
  for (const event of trace.events) {
    expectThat(event.time >= (times.get(event.run) ?? 0), "back in time", event);
    times.set(event.run, event.time);
    if (event.type === "spawned") tasks.set(event.task, "spawned");
    else if (event.type === "started") {
      expectThat(tasks.get(event.task) === "spawned", "started before it was spawned", event);
      tasks.set(event.task, "started");
    } else if (event.type === "exited") {
      expectThat(tasks.get(event.task) === "started", "ended without having begun", event);
      tasks.set(event.task, "exited");
    } else if (event.type === "blocked") {
      expectThat(tasks.get(event.task) === "started", "waits while it does not run", event);
      waits.add(event.wait);
    } else if (event.type === "resumed") expectThat(waits.delete(event.wait), "resumed without having waited", event);
    else if (event.type === "sent") {
      expectThat(!items.has(event.item), "sent twice", event);
      items.set(event.item, "sent");
    } else if (event.type === "received") {
      expectThat(["sent", "returned"].includes(items.get(event.item) ?? ""), "received before it was sent", event);
      items.set(event.item, "received");
    } else if (event.type === "returned") {
      expectThat(items.get(event.item) === "received", "returned before it was received", event);
      items.set(event.item, "returned");
    }
  }
  for (const [task, state] of tasks) if (state !== "exited") found.push(`task ${task} has not ended`);
  for (const wait of waits) found.push(`wait ${wait} has not ended`);
  return found;
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.begins >= outer.begins && inner.ends <= outer.ends && inner.from >= outer.from && inner.to <= outer.to;
}

/** What is wrong with the picture of a trace, in words. */
function slips(trace: TraceData): string[] {
  const found: string[] = [];
  const { runs } = pictureOf(trace);
  for (const lane of runs.flatMap((run) => run.lanes)) {
    for (const box of lane.boxes) {
      if (!isWithin(box, lane)) found.push(`a box of ${lane.task} is outside of its lane`);
      if (box.parent !== null && !isWithin(box, box.parent)) found.push(`box ${box.scope} is outside of its parent`);
      if (box.parent !== null && box.row <= box.parent.row) found.push(`box ${box.scope} is not below its parent`);
      const clash = lane.boxes.find(
        (other) => other !== box && other.row === box.row && other.begins < box.ends && box.begins < other.ends,
      );
      if (clash !== undefined) found.push(`boxes ${box.scope} and ${clash.scope} lie on each other`);
    }
    let at = lane.started ?? lane.to;
    for (const { from, to } of stretchesOf(lane)) {
      if (from !== at || to <= from) found.push(`lane ${lane.task} has a gap at ${at}`);
      at = to;
    }
    if (lane.started !== null && at !== lane.to) found.push(`lane ${lane.task} is not told to its end`);
  }
  for (const hop of runs.flatMap((run) => run.hops))
    if (hop.to !== null && !(hop.arrives > hop.leaves && hop.received >= hop.sent)) found.push(`item ${hop.item} flew`);
  return found;
}

describe("a trace of any program", () => {
  it("is in order, its boxes nest, and each of its pictures can be read", async () => {
    let events = 0;
    let nested = 0;
    let hops = 0;
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.constantFrom(0, 1, 5),
        fc.integer({ min: 40, max: 140 }),
        async (steps, capacity, width) => {
          // The stream is made in the run: only then is it recorded.
          const trace = await traceOf(() => new Player(capacity).play(steps));
          expect(faults(trace)).toEqual([]);
          expect(slips(trace)).toEqual([]);
          const text = renderTimeline(trace, { width });
          const { lanes } = pictureOf(trace).runs[0]!;
          const drawn = text.split("\n").slice(3, 3 + lanes.length);
          for (const line of drawn) expect(columnsOf(line)).withContext(line).toBeLessThanOrEqual(width);
          expect(drawn.length).toBe(lanes.length);
          for (const [i, lane] of lanes.entries())
            expect(drawn[i]).toMatch(lane.outcome === "finished" ? /\|$/ : lane.outcome === "failed" ? /#$/ : /!$/);
          expect(() => parseXml(renderTimeline(trace, { format: "svg" }))).not.toThrow();
          expect(breaches(readChrome(renderTimeline(trace, { format: "chrome" })))).toEqual([]);
          events += trace.events.length;
          nested += lanes.filter((lane) => lane.boxes.some((box) => box.parent !== null)).length;
          hops += pictureOf(trace).runs[0]!.hops.filter((hop) => hop.to !== null).length;
        },
      ),
      { numRuns: 100 },
    );
    // Or it would have been about nothing.
    expect([events > 5000, nested > 30, hops > 30]).toEqual([true, true, true]);
  }, 60_000);

  it("is cut anywhere, and its pictures can be read all the same", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat({ max: 60 }), fc.nat({ max: 10 }), async (steps, limit, from) => {
        const trace = await traceOf(() => new Player(1).play(steps));
        const cut = { version: 1 as const, events: trace.events.slice(0, limit), dropped: 1 };
        expect(() => parseXml(renderTimeline(cut, { format: "svg" }))).not.toThrow();
        expect(breaches(readChrome(renderTimeline(cut, { format: "chrome" })))).toEqual([]);
        expect(slips(cut).filter((slip) => !slip.includes("outside"))).toEqual([]);
        const torn = { ...cut, events: [trace.events[0]!, ...trace.events.slice(1 + from, limit)] };
        expect(renderTimeline(torn)).toContain("The trace was full");
        expect(() => parseXml(renderTimeline(torn, { format: "svg" }))).not.toThrow();
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});
