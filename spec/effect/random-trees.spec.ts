import fc from "fast-check";
import { moveOnAfter, operation, run, sleep, taskGroup } from "anyrx";
import { fromEffect, toEffect } from "anyrx/effect";
import { Cause, Effect, Exit, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { inTestTime, settled } from "./test-clock.ts";

/** One node: what it is on either side, by number, and what is in it. */
interface Node {
  readonly kind: number;
  readonly ms: number;
  readonly children: readonly Node[];
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    kind: fc.nat(9),
    ms: fc.integer({ min: 0, max: 7 }),
    children: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
    ),
  }),
}));

/** Grows trees of both sides, and notes what begins and ends in them. */
class Forest {
  readonly log: string[] = [];
  readonly faults: string[] = [];
  private readonly live = new Map<string, Set<string>>();
  private count = 0;

  /** Notes that a node began. Gives what to call when it is over. */
  private begin(parent: string): { readonly id: string; readonly end: () => void } {
    const id = `${parent}.${this.count++}`;
    this.live.set(id, new Set());
    this.live.get(parent)?.add(id);
    this.log.push(`+${id}`);
    let over = false;
    const end = () => {
      if (over) this.faults.push(`${id} was over twice`);
      over = true;
      const left = [...(this.live.get(id) ?? [])];
      if (left.length > 0) this.faults.push(`${id} was over before ${left.join()}`);
      this.live.get(parent)?.delete(id);
      this.live.delete(id);
      this.log.push(`-${id}`);
    };
    return { id, end };
  }

  get running(): string[] {
    return [...this.live.keys()];
  }

  theirs({ kind, ms, children }: Node, parent: string): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      const { id, end } = this.begin(parent);
      const each = (): Effect.Effect<unknown>[] => children.map((child) => this.theirs(child, id));
      const inTurn = () => Effect.andThen(Effect.sleep(ms), Effect.all(each()));
      const kinds: (() => Effect.Effect<unknown>)[] = [
        () => Effect.all([Effect.sleep(ms), ...each()], { concurrency: "unbounded" }),
        () => Effect.timeoutOption(inTurn(), 2 * ms),
        () => Effect.uninterruptible(inTurn()),
        () => Effect.raceAll([Effect.sleep(ms), ...each()]),
        () => Effect.onInterrupt(inTurn(), () => Effect.sleep(ms)),
        () => Effect.scoped(Effect.andThen(Effect.forkScoped(inTurn()), inTurn())),
      ];
      const bridge = () => Effect.orDie(toEffect(() => this.ours({ kind: kind - 4, ms, children }, id)));
      return Effect.ensuring((kinds[kind] ?? bridge)(), Effect.sync(end));
    });
  }

  ours(root: Node, parent: string): unknown {
    const { kind, ms, children } = root;
    const { id, end } = this.begin(parent);
    const inTurn = async () => {
      await sleep(ms);
      for (const child of children) await operation(() => this.ours(child, id))();
    };
    const group = () =>
      taskGroup(async (tg) => {
        for (const child of children) tg.startSoon(() => this.ours(child, id));
        await sleep(ms);
      });
    const kinds: (() => unknown)[] = [
      group,
      () => moveOnAfter(2 * ms, inTurn),
      () => moveOnAfter(20, inTurn, { shield: true }),
      inTurn,
      () => group(),
    ];
    const body =
      kinds[kind] ??
      (() =>
        fromEffect(
          Effect.all(
            children.map((child) => this.theirs(child, id)),
            { concurrency: 2 },
          ),
        ));
    if (ms % 2 === 0) {
      return operation(async () => {
        try {
          await operation(body)();
        } finally {
          await moveOnAfter(50, () => sleep(ms), { shield: true });
          end();
        }
      })();
    }
    return operation(function* () {
      try {
        yield* operation(body)();
      } finally {
        yield* moveOnAfter(50, () => sleep(ms), { shield: true });
        end();
      }
    })();
  }
}

describe("random trees of both kinds", () => {
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown) => void unhandled.push(error);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", noteUnhandled);
  });
  afterEach(() => {
    process.off("unhandledRejection", noteUnhandled);
    expect(unhandled).toEqual([]);
  });

  it("end from the inside, once, when their fiber is interrupted at any time", async () => {
    const check = async (tree: Node, at: number, turns: number) => {
      const forest = new Forest();
      await inTestTime(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(forest.theirs(tree, "root"));
          yield* settled;
          yield* TestClock.adjust(at);
          for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
          const over = fiber.pollUnsafe() !== undefined;
          fiber.interruptUnsafe();
          yield* settled;
          for (let i = 0; i < 20 && fiber.pollUnsafe() === undefined; i++) yield* TestClock.adjust(200);
          const exit = yield* Fiber.await(fiber);
          if (!over && !(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)))
            forest.faults.push(`it was interrupted, and is ${String(exit)}`);
          const length = forest.log.length;
          yield* TestClock.adjust(1000);
          if (forest.log.length !== length) forest.faults.push("something went on");
        }),
      );
      return forest.faults.length === 0 && forest.running.length === 0;
    };
    await fc.assert(fc.asyncProperty(node, fc.nat(30), fc.nat(4), check), { numRuns: 200 });
  }, 60_000);

  it("end from the inside, once, when a scope of ours around them is cancelled, in virtual time", async () => {
    const check = async (tree: Node, at: number) => {
      const forest = new Forest();
      await run(() => moveOnAfter(at, () => fromEffect(forest.theirs(tree, "root"))), { backend: "virtual" });
      return forest.faults.length === 0 && forest.running.length === 0;
    };
    await fc.assert(fc.asyncProperty(node, fc.nat(30), check), { numRuns: 200 });
  }, 60_000);
});
