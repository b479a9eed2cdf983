import {
  CancelScope,
  Cancelled,
  catchErrors,
  type ErrorClause,
  isCancelled,
  isTaskGroupError,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  taskGroup,
  TaskGroupError,
  TimeoutError,
} from "anyrx";
import { firstValueFrom, map, of, throwError } from "rxjs";
import { everywhere, expectSentence, LONG, thrownBy, virtually } from "../field/everywhere.ts";

const leavesOf = (error: unknown): string[] => (isTaskGroupError(error) ? error.leaves() : [error]).map(String);

/** A group of three errors, one of them a group deeper. */
const failing = (): TaskGroupError =>
  new TaskGroupError(
    [
      new RangeError("a"),
      new TaskGroupError([new TypeError("b"), new RangeError("c")], "inner", { tasks: ["p", "q"] }),
    ],
    "outer",
    { cause: "why", tasks: ["fetch", "crawl"] },
  );
const throwing = (error: unknown) => (): unknown => {
  throw error;
};

/** What is left of `error` after these clauses, and what their handlers were given, by the number of the clause. */
async function caught(error: unknown, ...conditions: ErrorClause[0][]): Promise<{ rest: unknown; given: unknown[] }> {
  const given: unknown[] = [];
  const clauses = conditions.map((condition, i): ErrorClause => {
    const note = (group: TaskGroupError): void => {
      given[i] = group;
    };
    return [condition, note];
  });
  try {
    await catchErrors(throwing(error), clauses);
  } catch (rest) {
    return { rest, given };
  }
  return { rest: null, given };
}

describe("catchErrors()", () => {
  describe("runs a body of any style", () => {
    const bodies: Readonly<Record<string, () => unknown>> = {
      async: async () => {
        await sleep(1);
        return "value";
      },
      *generator() {
        yield* sleep(1);
        return "value";
      },
      observable: () => sleep(1).pipe(map(() => "value")),
      operation: () => operation(() => of("value"))(),
      plain: () => "value",
    };
    for (const [style, body] of Object.entries(bodies)) {
      everywhere(`(${style}), and gives its value`, async () => {
        expect(await catchErrors(body, [[Error, () => "handled"]])).toBe("value");
      });
    }
  });

  describe("runs a handler of any style, and waits for it", () => {
    const log: string[] = [];
    const handlers: Readonly<Record<string, (group: TaskGroupError) => unknown>> = {
      async: async (group) => {
        await sleep(1);
        log.push(...leavesOf(group));
      },
      *generator(group) {
        yield* sleep(1);
        log.push(...leavesOf(group));
      },
      observable: (group) => sleep(1).pipe(map(() => log.push(...leavesOf(group)))),
      plain: (group) => log.push(...leavesOf(group)),
    };
    for (const [style, handler] of Object.entries(handlers)) {
      everywhere(`(${style})`, async () => {
        log.length = 0;
        const value: unknown = await catchErrors(throwing(failing()), [[Error, handler]]);
        expect(value).toBeUndefined();
        expect(log).toEqual(["RangeError: a", "TypeError: b", "RangeError: c"]);
      });
    }
  });

  everywhere("hands each leaf to the first clause that means it, with structure, names, tasks and cause", async () => {
    const { rest, given } = await caught(failing(), RangeError, (error) => error instanceof Error);
    expect(rest).toBeNull();
    const [ranges, others] = given as TaskGroupError[];
    expect([leavesOf(ranges), leavesOf(others)]).toEqual([["RangeError: a", "RangeError: c"], ["TypeError: b"]]);
    expect([ranges?.group, ranges?.tasks, ranges?.cause]).toEqual(["outer", ["fetch", "crawl"], "why"]);
    const inner = others?.errors[0] as TaskGroupError;
    expect([inner.group, inner.tasks]).toEqual(["inner", ["p"]]);
  });

  everywhere("throws the rest on, as a group with its structure", async () => {
    const { rest, given } = await caught(failing(), SyntaxError, TypeError);
    expect(given[0]).toBeUndefined();
    expect(leavesOf(given[1])).toEqual(["TypeError: b"]);
    const group = rest as TaskGroupError;
    expect(group).toBeInstanceOf(TaskGroupError);
    expect([leavesOf(group), group.group, group.tasks, group.cause]).toEqual([
      ["RangeError: a", "RangeError: c"],
      "outer",
      ["fetch", "crawl"],
      "why",
    ]);
    expect((group.errors[1] as TaskGroupError).group).toBe("inner");
  });

  everywhere("throws on the very same error when no clause means any of it", async () => {
    for (const error of [failing(), new Error("bare"), "text", undefined, new TaskGroupError([])]) {
      expect((await caught(error, TypeErrorOfNobody, [])).rest).toBe(error);
    }
  });
  class TypeErrorOfNobody extends TypeError {}

  everywhere("treats a single error as a group of one", async () => {
    const bare = new RangeError("bare");
    const { rest, given } = await caught(bare, TypeError, [SyntaxError, RangeError]);
    expect(rest).toBeNull();
    expect(given[0]).toBeUndefined();
    expect((given[1] as TaskGroupError).errors).toEqual([bare]);
    expect(((await caught("text", (error) => error === "text")).given[0] as TaskGroupError).errors).toEqual(["text"]);
  });

  everywhere("tells leaves apart by their place: one error may be there twice", async () => {
    const bug = new Error("bug");
    let asked = 0;
    const { rest, given } = await caught(new TaskGroupError([bug, bug]), () => asked++ === 0);
    expect([leavesOf(given[0]), leavesOf(rest)]).toEqual([["Error: bug"], ["Error: bug"]]);
    expect(asked).toBe(2);
  });

  everywhere("catches what a task group throws", async () => {
    const log: string[] = [];
    await catchErrors(
      () =>
        taskGroup((tg) => {
          tg.startSoon(throwing(new RangeError("a")), { name: "first" });
          tg.startSoon(throwing(new TypeError("b")), { name: "second" });
        }),
      [
        [RangeError, ({ tasks }) => void log.push(`range in ${tasks.join()}`)],
        [TypeError, ({ tasks }) => void log.push(`type in ${tasks.join()}`)],
      ],
    );
    expect(log).toEqual(["range in first", "type in second"]);
  });

  virtually("calls handlers one after the other, in the order of the clauses", async () => {
    const log: string[] = [];
    const slow = (name: string) => async () => {
      log.push(`${name}:start`);
      await sleep(5);
      log.push(`${name}:end`);
    };
    await catchErrors(throwing(failing()), [
      [TypeError, slow("types")],
      [RangeError, slow("ranges")],
    ]);
    expect(log).toEqual(["types:start", "types:end", "ranges:start", "ranges:end"]);
  });

  describe("when a handler throws", () => {
    everywhere("collects its error with the rest, and calls the others", async () => {
      const [bug, worse] = [new Error("in a handler"), new TaskGroupError([new Error("deep")], "handling")];
      let called = false;
      const error = (await thrownBy(() =>
        catchErrors(
          throwing(
            new TaskGroupError([new RangeError("a"), new TypeError("b"), "c", 5], "outer", {
              tasks: ["t", "u", "v", "w"],
            }),
          ),
          [
            [RangeError, throwing(bug)],
            [TypeError, throwing(worse)],
            [(leaf) => leaf === "c", () => void (called = true)],
          ],
        ),
      )) as TaskGroupError;
      expect(called).toBeTrue();
      expect(error.errors).toEqual([5, bug, worse]);
      expect([error.group, error.tasks]).toEqual(["outer", ["w", undefined, undefined]]);
    });

    everywhere("throws a group, also for a single error that was caught, and when nothing else is left", async () => {
      const bug = new Error("in a handler");
      const error = await thrownBy(() => catchErrors(throwing(new RangeError("a")), [[RangeError, throwing(bug)]]));
      expect((error as TaskGroupError).errors).toEqual([bug]);
    });

    everywhere("takes back what it was given, when it throws that", async () => {
      const again = (group: TaskGroupError) => {
        throw group;
      };
      const all = failing();
      expect(await thrownBy(() => catchErrors(throwing(all), [[Error, again]]))).toBe(all);
      const bare = new Error("bare");
      expect(await thrownBy(() => catchErrors(throwing(bare), [[Error, again]]))).toBe(bare);
      const some = (await thrownBy(() =>
        catchErrors(throwing(all), [
          [TypeError, again],
          [(error) => String(error).endsWith("c"), () => undefined],
        ]),
      )) as TaskGroupError;
      expect(leavesOf(some)).toEqual(["RangeError: a", "TypeError: b"]);
      expect((some.errors[1] as TaskGroupError).group).toBe("inner");
    });

    everywhere("and when a predicate throws: the leaf is left, and nothing is lost", async () => {
      const bug = new Error("in a predicate");
      const error = (await thrownBy(() =>
        catchErrors(throwing(new TaskGroupError([new RangeError("a")])), [[throwing(bug) as never, () => undefined]]),
      )) as TaskGroupError;
      expect(leavesOf(error)).toEqual(["RangeError: a", "Error: in a predicate"]);
    });
  });

  describe("never catches a cancellation", () => {
    everywhere("that is thrown bare, whatever a clause says", async () => {
      const handled: unknown[] = [];
      const scope = new CancelScope();
      const clauses: ErrorClause[] = [Cancelled, Error, () => true, isCancelled].map((condition) => [
        condition as ErrorClause[0],
        (group) => void handled.push(group),
      ]);
      await scope.enter(async () => {
        scope.cancel();
        await catchErrors(() => sleepForever(), clauses);
        fail("went on");
      });
      expect(scope.cancelledCaught).toBeTrue();
      expect(handled).toEqual([]);
    });

    everywhere("that somebody put into a group: it is in what is thrown on", async () => {
      const { rest, given } = await caught(new TaskGroupError([new Cancelled("x"), new Error("a")]), () => true);
      expect(leavesOf(given[0])).toEqual(["Error: a"]);
      expect((rest as TaskGroupError).errors.map(isCancelled)).toEqual([true]);
    });

    everywhere("of a handler: the other handlers are called, and it goes on when no error is left", async () => {
      const log: string[] = [];
      const scope = new CancelScope();
      await scope.enter(async () => {
        await catchErrors(throwing(failing()), [
          [
            TypeError,
            async () => {
              scope.cancel();
              await sleep(LONG);
            },
          ],
          [RangeError, () => void log.push("second")],
        ]);
        log.push("went on");
      });
      expect(log).toEqual(["second"]);
      expect(scope.cancelledCaught).toBeTrue();
    });

    everywhere("of a handler, but errors that are left win", async () => {
      const scope = new CancelScope();
      const error = await thrownBy(() =>
        scope.enter(() =>
          catchErrors(throwing(failing()), [
            [
              TypeError,
              async () => {
                scope.cancel();
                await sleep(LONG);
              },
            ],
          ]),
        ),
      );
      expect(leavesOf(error)).toEqual(["RangeError: a", "RangeError: c"]);
    });

    everywhere("and lets a handler clean up under a shield", async () => {
      const log: string[] = [];
      await moveOnAfter(5, () =>
        catchErrors(async () => {
          try {
            await sleepForever();
          } catch {
            throw new RangeError("cleanup");
          }
        }, [
          [RangeError, () => moveOnAfter(LONG, () => sleep(1).pipe(map(() => log.push("handled"))), { shield: true })],
        ]),
      );
      expect(log).toEqual(["handled"]);
    });
  });

  everywhere("is lazy, can be run again, and is consumed from all three sides", async () => {
    let runs = 0;
    const work = catchErrors(() => {
      runs++;
      throw new TimeoutError(5);
    }, [[TimeoutError, () => undefined]]);
    expect(runs).toBe(0);
    await work;
    await firstValueFrom(work, { defaultValue: undefined });
    await operation(function* () {
      yield* work;
    })();
    expect(runs).toBe(3);
  });

  everywhere("nests, and catches the errors of Observables", async () => {
    const log: string[] = [];
    await catchErrors(
      () => catchErrors(() => throwError(() => failing()), [[TypeError, () => void log.push("inner")]]),
      [[RangeError, (group) => void log.push(...leavesOf(group))]],
    );
    expect(log).toEqual(["inner", "RangeError: a", "RangeError: c"]);
  });

  it("takes any iterable of clauses, such as a Map", async () => {
    const clauses = new Map<ErrorClause[0], ErrorClause[1]>([[RangeError, () => undefined]]);
    const value: unknown = await catchErrors(throwing(new RangeError("a")), clauses);
    expect(value).toBeUndefined();
  });

  it("refuses what makes no sense, at the call", () => {
    const handler = (): void => {};
    expectSentence(() => catchErrors(5 as never, []), TypeError);
    for (const clauses of [null, 5, {}, [5], [Error], [["Error", handler]], [[Error]], [[Error, 5]]]) {
      expectSentence(() => catchErrors(handler, clauses as never), TypeError);
    }
    expectSentence(() => catchErrors(handler, [[TaskGroupError, handler]]), TypeError);
  });
});
