import {
  CancelScope,
  createMemoryObjectStream,
  type Operation,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { effectionBackend, fromEffection, toEffection } from "anyrx/effection";
import * as effection from "effection";
import { inVirtualTime, type World } from "./world.ts";

/** How long the programs below take, in ms, when nobody halts them, and a little more. */
const LENGTH = 40;

/** Parts of a program that enter and leave; each must leave once, and after those inside of it. */
class Parts {
  readonly entered: string[] = [];
  readonly left: string[] = [];

  /** Checks that all is over, inner parts first: the name of a part begins with that of the one around it. */
  check(context: string): void {
    expect([...this.left].sort())
      .withContext(`${context}: each left once`)
      .toEqual([...this.entered].sort());
    for (const [at, name] of this.left.entries()) {
      const late = this.left.slice(at + 1).filter((other) => other.startsWith(`${name}.`));
      expect(late).withContext(`${context}: inside of ${name}, and left after it`).toEqual([]);
    }
  }

  /** A part in Effection, whose cleanup takes 2 ms. */
  there<T>(name: string, body: () => effection.Operation<T>): effection.Operation<T> {
    return this.scoped(name, body, effection.sleep);
  }

  /** The same, which cleans up with operations of ours. */
  mixed<T>(name: string, body: () => effection.Operation<T>): effection.Operation<T> {
    return this.scoped(name, body, sleep);
  }

  /** Scoped: else its children would outlive its cleanup. Ensured: a halt would cut short a `finally` that is on its way. */
  private scoped<T>(
    name: string,
    body: () => effection.Operation<T>,
    nap: (delay: number) => effection.Operation<void>,
  ): effection.Operation<T> {
    const { entered, left } = this;
    return effection.scoped(function* () {
      entered.push(name);
      yield* effection.ensure(function* () {
        yield* nap(2);
        left.push(name);
      });
      return yield* effection.scoped(body);
    });
  }

  /** A part of ours, whose shielded cleanup takes 3 ms. */
  here = operation(async (name: string, body: () => Operation<unknown>) => {
    this.entered.push(name);
    try {
      await body();
    } finally {
      await new CancelScope({ shield: true }).enter(() => sleep(3));
      this.left.push(name);
    }
  });

  resource(name: string): effection.Operation<string> {
    const { entered, left } = this;
    return effection.resource(function* (provide) {
      entered.push(name);
      try {
        yield* provide(name);
      } finally {
        yield* sleep(1);
        left.push(name);
      }
    });
  }

  /** Effection, ours, Effection, ours: each with children. */
  *program(): effection.Operation<void> {
    const ours = operation(() =>
      taskGroup((tg) => {
        tg.startSoon(() => this.here("1.a.b.c", () => sleep(9)));
        tg.startSoon(() =>
          this.here("1.a.b.d", () => fromEffection(() => this.there("1.a.b.d.e", () => this.innermost("1.a.b.d.e")))),
        );
        tg.startSoon(() =>
          this.here("1.a.b.f", () =>
            operation(function* () {
              yield* sleep(1);
              yield* fromEffection(effection.suspend);
            })(),
          ),
        );
        tg.startSoon(function* () {
          yield* sleep(20);
          tg.cancel();
        });
      }),
    );
    const main = (): effection.Operation<unknown> => this.there("1.a", () => toEffection(this.here("1.a.b", ours)));
    const thing = this.resource("1.g");
    yield* this.mixed("1", function* () {
      const child = yield* effection.spawn(main);
      yield* thing;
      yield* child;
    });
  }

  private *innermost(name: string): effection.Operation<void> {
    yield* this.resource(`${name}.h`);
    yield* effection.race([
      effection.suspend(),
      toEffection(this.here(`${name}.i`, () => fromEffection(() => this.mixed(`${name}.i.j`, () => sleep(6))))),
    ]);
    yield* effection.all([
      sleep(4),
      toEffection(
        this.here(`${name}.k`, () => fromEffection(() => this.there(`${name}.k.l`, () => effection.sleep(3)))),
      ),
    ]);
  }
}

/** Ends a program that was begun, and does not come back before that. */
type End = () => PromiseLike<unknown>;

function atEachStep(title: string, begin: (parts: Parts, world: World) => End): void {
  for (let at = 0; at <= LENGTH; at++) {
    it(`${title}, after ${String(at)} ms`, () =>
      inVirtualTime(async (world) => {
        const parts = new Parts();
        const end = begin(parts, world);
        await world.time.advance(at);
        const ended = await world.outcome(end());
        expect(ended.status).toBe("fulfilled");
        parts.check("when the halt is done");
        const { length } = parts.entered;
        await world.time.advance(1000);
        parts.check("long after");
        expect(parts.entered.length).toBe(length);
      }));
  }
}

describe("a tree of both", () => {
  it("ends by itself, too", () =>
    inVirtualTime(async ({ outcome, time }) => {
      const parts = new Parts();
      expect(await outcome(effection.run(() => parts.program()))).toEqual({ status: "fulfilled", value: undefined });
      parts.check("in the end");
      expect(parts.entered.length).toBe(13);
      expect(time.now).toBeLessThan(LENGTH);
    }));

  atEachStep("is halted as a task of Effection", (parts) => {
    const task = effection.run(() => parts.program());
    task.catch(() => undefined);
    return () => task.halt();
  });

  atEachStep("is halted with the scope of its backend", (parts) => {
    const [scope, destroy] = effection.createScope();
    const program = run(() => parts.here("0", () => fromEffection(() => parts.program())), {
      backend: effectionBackend({ scope }),
    });
    program.catch(() => undefined);
    return destroy;
  });

  atEachStep("is cancelled by a program of ours", (parts) => {
    const scope = new CancelScope();
    const program = scope.enter(() => parts.here("0", () => fromEffection(() => parts.program()))).then();
    return () => {
      scope.cancel();
      return program;
    };
  });
});

describe("a halt", () => {
  it("waits for what the operation has left behind", () =>
    inVirtualTime(async ({ time, outcome, note, log }) => {
      const stray = operation(async () => {
        try {
          await sleepForever();
        } finally {
          await new CancelScope({ shield: true }).enter(() => sleep(5));
          note("stray");
        }
      });
      const task = effection.run(() =>
        toEffection(async () => {
          stray().subscribe({ error: () => undefined });
          await sleepForever();
        }),
      );
      await time.advance(1);
      await outcome(task.halt());
      note("halted");
      expect(log).toEqual(["stray@6", "halted@6"]);
    }));

  it("is rejected with what our cleanup throws", () =>
    inVirtualTime(async ({ time, outcome }) => {
      const broken = new RangeError("broken");
      const task = effection.run(() =>
        toEffection(async () => {
          try {
            await sleepForever();
          } finally {
            // eslint-disable-next-line no-unsafe-finally
            throw broken;
          }
        }),
      );
      task.catch(() => undefined);
      await time.advance(1);
      const halted = await outcome(task.halt());
      expect(halted.status === "rejected" && halted.reason).toBe(broken);
    }));

  it("gives back an item that was handed over and not received", () =>
    inVirtualTime(async ({ time, outcome }) => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const task = effection.run(() => toEffection(receive.receive()));
      task.catch(() => undefined);
      await time.advance(1);
      send.sendNowait(1);
      await outcome(task.halt().then());
      expect(receive.receiveNowait()).toBe(1);
    }));

  it("in the step in which the operation begins cancels it", () =>
    inVirtualTime(async ({ outcome, note, log }) => {
      await outcome(
        effection.run(function* () {
          const task = yield* effection.spawn(() => toEffection(sleep(100)));
          yield* task.halt();
          note("halted");
        }),
      );
      expect(log).toEqual(["halted@0"]);
    }));

  it("asked for twice is done once, when the cleanup is", () =>
    inVirtualTime(async ({ time, outcome, note, log }) => {
      const task = effection.run(function* () {
        // Its failure is the first reason to end; the halt, while the others clean up, is the second.
        void (yield* effection.spawn(function* () {
          yield* effection.sleep(1);
          throw new Error("child");
        }));
        try {
          yield* toEffection(async () => {
            try {
              await sleepForever();
            } finally {
              await new CancelScope({ shield: true }).enter(() => sleep(10));
              note("cleaned up");
            }
          });
        } finally {
          yield* effection.sleep(2);
          note("finally");
        }
      });
      task.catch(() => undefined);
      await time.advance(5);
      await outcome(task.halt()).catch(() => undefined);
      await outcome(task).catch(() => undefined);
      expect(log).toEqual(["cleaned up@11", "finally@13"]);
    }));
});
