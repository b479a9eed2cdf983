import fc from "fast-check";
import {
  CancelScope,
  checkpoint,
  currentScope,
  currentTime,
  failAfter,
  isCancelled,
  moveOnAfter,
  run,
  setDevMode,
  sleep,
  sleepForever,
  taskGroup,
  TimeoutError,
  UsageError,
} from "anyrx";
import { everywhere, named, runQuietly, thrownBy, virtually } from "../field/everywhere.ts";

type Steps = Generator<never, unknown>;

describe("A generator in a scope of its own, in a generator task", () => {
  everywhere("is in that scope, and what goes on after it is not, however it ended", function* () {
    const outer = currentScope();
    const inside: boolean[] = [];
    const own = new CancelScope();
    yield* own.enter(function* (scope) {
      inside.push(currentScope() === scope);
      yield* checkpoint();
      inside.push(currentScope() === scope);
    });
    inside.push(currentScope() === outer);
    try {
      yield* new CancelScope().enter(function* () {
        yield* sleep(1);
        throw new Error("mine");
      });
    } catch {
      inside.push(currentScope() === outer);
    }
    yield* moveOnAfter(1, function* () {
      try {
        yield* sleepForever();
      } finally {
        inside.push(currentScope() !== outer);
      }
    });
    inside.push(currentScope() === outer);
    yield* checkpoint();
    inside.push(currentScope() === outer);
    expect(inside).toEqual([true, true, true, true, true, true, true]);
  });

  everywhere("may be 10,000 deep, and fail there", function* () {
    function* nest(n: number): Steps {
      if (n === 0) {
        yield* sleep(1);
        throw new Error("at the bottom");
      }
      return yield* new CancelScope().enter(function* () {
        return yield* nest(n - 1);
      });
    }
    let caught: unknown;
    try {
      yield* nest(10_000) as Generator<never, void>;
    } catch (error) {
      caught = error;
    }
    expect((caught as Error).message).toBe("at the bottom");
  });

  everywhere("may be 10,000 deep, and be cancelled from there", function* () {
    const outermost = new CancelScope();
    let left = 0;
    function* nest(n: number): Steps {
      if (n === 0) {
        outermost.cancel();
        return yield* sleepForever();
      }
      try {
        return yield* new CancelScope().enter(function* () {
          return yield* nest(n - 1);
        });
      } finally {
        left++;
      }
    }
    yield* outermost.enter(function* () {
      yield* nest(10_000) as Generator<never, void>;
    });
    expect(outermost.cancelledCaught).toBeTrue();
    expect(left).toBe(10_000);
  });

  everywhere("lets others run, also one that ends in place each time", function* () {
    let others = false;
    let rounds = 0;
    yield* taskGroup(function* (tg) {
      tg.startSoon(() => {
        others = true;
      });
      while (!others && rounds++ < 10_000) {
        yield* new CancelScope().enter(function* () {
          // Nothing to wait for.
        });
      }
    });
    expect(rounds).toBeLessThan(200);
  });

  everywhere("fails where it is waited for when its scope was entered before", function* () {
    const outer = currentScope();
    const scope = new CancelScope();
    yield* scope.enter(() => undefined);
    let caught: unknown;
    let began = false;
    try {
      yield* scope.enter(function* () {
        began = true;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UsageError);
    expect(began).toBeFalse();
    expect(currentScope()).toBe(outer);
    yield* sleep(1);
  });

  everywhere("fails as its parameters do, and its scope is over", function* () {
    const refuse = (): number => {
      throw new RangeError("no default");
    };
    const scope = new CancelScope();
    let caught: unknown;
    try {
      yield* scope.enter(function* (_scope: CancelScope, n = refuse()) {
        return n;
      });
    } catch (error) {
      caught = error;
    }
    expect(named(caught)).toBe("RangeError");
    expect(String(scope)).toContain("over");
    yield* sleep(1);
  });

  everywhere("is not entered by an iterator that nobody goes on with", function* () {
    let began = false;
    const scope = new CancelScope();
    const asked = scope.enter(function* () {
      began = true;
    });
    asked[Symbol.iterator]();
    yield* sleep(1);
    expect(String(scope)).toContain("new");
    expect(yield* moveOnAfter(5, () => asked)).toBeUndefined();
    expect(began).toBeTrue();
  });

  virtually("refuses another wait when its iterator was begun by hand, and is not entered", async () => {
    let began = false;
    const error = await thrownBy(() =>
      run(
        function* () {
          const asked = new CancelScope().enter(function* () {
            began = true;
          });
          asked[Symbol.iterator]().next();
          yield* sleep(1);
        },
        { backend: "virtual" },
      ),
    );
    expect(named(error)).toBe("UsageError");
    expect((error as Error).message).toContain("waits already");
    expect(began).toBeFalse();
  });

  virtually("is told what it must not yield, and goes on in its scope", function* () {
    const refused: string[] = [];
    yield* new CancelScope().enter(function* (scope: CancelScope): Generator<unknown, void> {
      try {
        yield 5;
      } catch (error) {
        refused.push(named(error));
      }
      expect(currentScope()).toBe(scope);
      yield* sleep(1);
    } as unknown as (scope: CancelScope) => Generator<never, void>);
    expect(refused).toEqual(["UsageError"]);
  });

  virtually("may be in a generator that is none of the language's own", async () => {
    // As a transpiler makes them: an object with `next` and `throw`.
    function foreign(): Steps {
      const steps = (function* (): Steps {
        const inside = yield* failAfter(50, function* (scope) {
          yield* sleep(10);
          return currentScope() === scope;
        });
        return [inside, currentTime(), yield* moveOnAfter(5, () => sleepForever())];
      })();
      return {
        next: (value: unknown) => steps.next(value),
        throw: (error: unknown) => steps.throw(error),
        [Symbol.iterator]() {
          return this;
        },
      } as Steps;
    }
    expect(await run(() => foreign() as unknown as Promise<unknown>, { backend: "virtual" })).toEqual([
      true,
      10,
      undefined,
    ]);
  });

  it("is left with an error that names the code that waited, in development mode", async () => {
    setDevMode(true);
    try {
      const error = await thrownBy(() =>
        run(
          function* waiting() {
            yield* failAfter(5, function* () {
              yield* sleepForever();
            });
          },
          { backend: "virtual" },
        ),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect((error as Error).stack?.split("\n")[1]).toContain("waiting");
    } finally {
      setDevMode(false);
    }
  });
});

/** A step of a random program: in ms, or how many scopes out. */
type Step =
  | { readonly kind: "sleep"; readonly for: number }
  | { readonly kind: "cancel"; readonly out: number }
  | { readonly kind: "throw" }
  | { readonly kind: "tidy"; readonly body: readonly Step[]; readonly for: number }
  | { readonly kind: "scope"; readonly limit: number; readonly shield: boolean; readonly body: readonly Step[] }
  | { readonly kind: "fail"; readonly limit: number; readonly body: readonly Step[] };

const { program } = fc.letrec<{ program: readonly Step[]; step: Step }>((tie) => ({
  program: fc.array(tie("step"), { maxLength: 4 }),
  step: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("sleep" as const), for: fc.nat({ max: 9 }) }),
    fc.record({ kind: fc.constant("cancel" as const), out: fc.nat({ max: 3 }) }),
    fc.constant({ kind: "throw" as const }),
    fc.record({ kind: fc.constant("tidy" as const), body: tie("program"), for: fc.nat({ max: 4 }) }),
    fc.record({
      kind: fc.constant("scope" as const),
      limit: fc.oneof(fc.constant(Infinity), fc.nat({ max: 12 })),
      shield: fc.boolean(),
      body: tie("program"),
    }),
    fc.record({ kind: fc.constant("fail" as const), limit: fc.nat({ max: 12 }), body: tie("program") }),
  ),
}));

function* nap(): Generator<never, void> {
  yield* sleep(2);
}

/** Runs `steps`, with scopes whose bodies are generator functions or, when `apart`, functions that return generators: those have a frame of their own. */
function* follow(
  steps: readonly Step[],
  scopes: readonly CancelScope[],
  log: string[],
  apart: boolean,
): Generator<never, void> {
  for (const step of steps) {
    const inner = function* (scope: CancelScope): Generator<never, number> {
      log.push(`in at ${String(currentTime())}`);
      yield* follow((step as { readonly body: readonly Step[] }).body, [scope, ...scopes], log, apart);
      return 1;
    };
    const body = apart ? (scope: CancelScope) => inner(scope) : inner;
    switch (step.kind) {
      case "sleep":
        yield* sleep(step.for);
        break;
      case "cancel":
        scopes[step.out]?.cancel(step.out);
        break;
      case "throw":
        throw new Error("mine");
      case "tidy":
        try {
          yield* follow(step.body, scopes, log, apart);
        } catch (error) {
          log.push(`tidy after ${named(error)}`);
          if (!isCancelled(error)) continue;
          yield* moveOnAfter<unknown>(step.for, apart ? () => nap() : nap, { shield: true });
          throw error;
        }
        break;
      case "scope":
      case "fail": {
        const value: unknown =
          step.kind === "scope"
            ? yield* moveOnAfter(step.limit, body, { shield: step.shield })
            : yield* failAfter(step.limit, body);
        log.push(`out with ${String(value)}, in ${String(currentScope() === (scopes[0] ?? currentScope()))}`);
      }
    }
    log.push(`${step.kind} at ${String(currentTime())}`);
  }
}

/** What a task that follows `steps` does, cancelled after `stop` ms. */
async function logOf(steps: readonly Step[], stop: number, apart: boolean): Promise<readonly string[]> {
  const log: string[] = [];
  await runQuietly(
    () =>
      moveOnAfter(stop, function* () {
        try {
          yield* follow(steps, [], log, apart);
        } catch (error) {
          log.push(`ends with ${named(error)}`);
          if (isCancelled(error)) throw error;
        }
      }),
    { backend: "virtual" },
  );
  return log;
}

describe("Random scopes inside each other", () => {
  it("do the same in one frame and in a frame each", async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.nat({ max: 30 }), async (steps, stop) => {
        expect(await logOf(steps, stop, false)).toEqual(await logOf(steps, stop, true));
      }),
      { numRuns: 1000 },
    );
  });
});
