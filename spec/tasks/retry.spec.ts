import {
  CancelScope,
  currentScope,
  currentTime,
  earlierErrors,
  failAfter,
  isCancelled,
  moveOnAfter,
  operation,
  retry,
  type RetryOptions,
  run,
  sleep,
  sleepForever,
  taskGroup,
  TimeoutError,
} from "anyrx";
import { firstValueFrom, map, of, throwError } from "rxjs";
import { everywhere, expectSentence, outdoors, thrownBy, virtually } from "../field/everywhere.ts";

/** A body that fails `times` times, then gives the number of the attempt; writes when it is called. */
function flaky(times: number, log: string[] = []): (attempt: number) => Promise<number> {
  return async (attempt) => {
    log.push(`${attempt}@${currentTime()}`);
    if (attempt <= times) throw new Error(`attempt ${attempt}`);
    return attempt;
  };
}

/** When the attempts begin, of a body that always fails. */
async function attemptsOf(options: RetryOptions): Promise<string[]> {
  const log: string[] = [];
  const start = currentTime();
  await thrownBy(() => retry(() => void (log.push(String(currentTime() - start)), boom()), options));
  return log;
}

function boom(): never {
  throw new Error("boom");
}

describe("retry()", () => {
  everywhere("gives the value of the first attempt that succeeds, for bodies of every style", async () => {
    expect(await retry(flaky(2))).toBe(3);
    expect(
      await retry(function* (attempt) {
        yield* sleep(1);
        return attempt < 2 ? boom() : "generator";
      }),
    ).toBe("generator");
    expect(await retry((attempt) => (attempt < 3 ? throwError(boom) : of("observable")))).toBe("observable");
    expect(await retry((attempt) => sleep(1).pipe(map(() => (attempt < 3 ? boom() : "operation"))))).toBe("operation");
    expect(await retry((attempt) => (attempt < 3 ? boom() : "plain"))).toBe("plain");
    let calls = 0;
    const again = operation(async () => (++calls < 3 ? boom() : calls));
    expect(await retry(again())).toBe(3);
  });

  it("calls the body once when it succeeds", async () => {
    const log: string[] = [];
    expect(await retry(flaky(0, log), { delay: 1000 })).toBe(1);
    expect(log.length).toBe(1);
  });

  it("types its value", async () => {
    const value: number = await retry(async (attempt) => attempt);
    const other: string = await retry(operation(() => "x")());
    expect([value, other]).toEqual([1, "x"]);
  });

  virtually("there are three attempts unless told otherwise, and the last error is thrown as it is", async () => {
    const log: string[] = [];
    const errors: unknown[] = [];
    const error = await thrownBy(() => retry(flaky(9, log), { onRetry: (inner) => errors.push(inner) }));
    expect([String(error), log.length]).toEqual(["Error: attempt 3", 3]);
    expect(earlierErrors(error)).toEqual(errors);
    expect(errors.map(String)).toEqual(["Error: attempt 1", "Error: attempt 2"]);
    expect(Object.keys(error as object)).toEqual([]);
    for (const attempts of [1, 2, 7]) expect((await attemptsOf({ attempts })).length).toBe(attempts);
  });

  virtually("each delay is twice the one before, from the delay on; with a factor, that many times", async () => {
    expect(await attemptsOf({ attempts: 5, delay: 10 })).toEqual(["0", "10", "30", "70", "150"]);
    expect(await attemptsOf({ attempts: 4, delay: 10, factor: 1 })).toEqual(["0", "10", "20", "30"]);
    expect(await attemptsOf({ attempts: 4, delay: 10, factor: 3 })).toEqual(["0", "10", "40", "130"]);
    expect(await attemptsOf({ attempts: 3 })).toEqual(["0", "0", "0"]);
  });

  virtually("no delay is longer than maxDelay: 30 s, or the delay where that is longer", async () => {
    expect(await attemptsOf({ attempts: 5, delay: 10, maxDelay: 25 })).toEqual(["0", "10", "30", "55", "80"]);
    expect(await attemptsOf({ attempts: 4, delay: 20_000 })).toEqual(["0", "20000", "50000", "80000"]);
    expect(await attemptsOf({ attempts: 3, delay: 60_000 })).toEqual(["0", "60000", "120000"]);
    expect(await attemptsOf({ attempts: 3, delay: 10, maxDelay: 5 })).toEqual(["0", "5", "10"]);
    expect((await attemptsOf({ attempts: 2_000, delay: 1, factor: 1e9 })).length).toBe(2_000);
    expect((await attemptsOf({ attempts: 2_000, delay: 0, factor: 1e9, maxDelay: Infinity })).length).toBe(2_000);
  });

  virtually("jitter takes away up to that share of each delay, as the random function says", async () => {
    const draws = [0, 0.5, 0.75];
    const random = () => draws.shift()!;
    expect(await attemptsOf({ attempts: 4, delay: 100, factor: 1, jitter: 1, random })).toEqual([
      "0",
      "100",
      "150",
      "175",
    ]);
    expect(await attemptsOf({ attempts: 2, delay: 100, jitter: 0.5, random: () => 0.5 })).toEqual(["0", "75"]);
    expect(await attemptsOf({ attempts: 2, delay: 100, random: boom })).toEqual(["0", "100"]);
    const [, second] = await attemptsOf({ attempts: 2, delay: 100, jitter: 0.2 });
    expect(Number(second)).toBeGreaterThanOrEqual(80);
    expect(Number(second)).toBeLessThanOrEqual(100);
  });

  virtually("shouldRetry decides, in any style, with the error and the attempt; not asked about the last", async () => {
    const asked: string[] = [];
    const error = await thrownBy(() =>
      retry(flaky(9), {
        attempts: 9,
        shouldRetry: async (inner, attempt) => {
          asked.push(`${String(inner)}, ${attempt}`);
          await sleep(1);
          return attempt < 2;
        },
      }),
    );
    expect(asked).toEqual(["Error: attempt 1, 1", "Error: attempt 2, 2"]);
    expect(String(error)).toBe("Error: attempt 2");
    expect(earlierErrors(error).map(String)).toEqual(["Error: attempt 1"]);
    expect(
      String(
        await thrownBy(() =>
          retry(flaky(9), {
            *shouldRetry() {
              yield* sleep(1);
              return false;
            },
          }),
        ),
      ),
    ).toBe("Error: attempt 1");
    expect(String(await thrownBy(() => retry(flaky(9), { shouldRetry: () => of(false) })))).toBe("Error: attempt 1");
    asked.length = 0;
    await thrownBy(() => retry(flaky(9), { attempts: 1, shouldRetry: () => asked.push("asked") > 0 }));
    expect(asked).toEqual([]);
  });

  virtually("onRetry is told of the error, the attempt and the delay, and waited for", async () => {
    const log: string[] = [];
    await retry(flaky(2, log), {
      delay: 10,
      onRetry: function* (error, attempt, delay) {
        log.push(`${String(error)}, ${attempt}, ${delay}`);
        yield* sleep(5);
      },
    });
    expect(log).toEqual(["1@0", "Error: attempt 1, 1, 10", "2@15", "Error: attempt 2, 2, 20", "3@40"]);
  });

  virtually("an error of shouldRetry or onRetry ends it; the attempt is among the earlier errors", async () => {
    for (const options of [{ shouldRetry: boom }, { onRetry: boom }] satisfies RetryOptions[]) {
      const error = await thrownBy(() => retry(flaky(9), options));
      expect(String(error)).toBe("Error: boom");
      expect(earlierErrors(error).map(String)).toEqual(["Error: attempt 1"]);
    }
  });

  virtually("a cancellation is never retried, in whatever step it comes", async () => {
    const always = { attempts: Infinity, shouldRetry: () => true } as const;
    const log: string[] = [];
    const body = async () => {
      log.push(`attempt@${currentTime()}`);
      await sleep(10);
      throw new Error("boom");
    };
    const cases: [RetryOptions, number, string[]][] = [
      [{ ...always, delay: 10 }, 5, ["attempt@0"]],
      [{ ...always, delay: 10 }, 15, ["attempt@0"]],
      [{ ...always, delay: 10, factor: 1 }, 25, ["attempt@0", "attempt@20"]],
      [{ ...always, shouldRetry: () => sleepForever() }, 15, ["attempt@0"]],
      [{ ...always, onRetry: () => sleepForever() }, 15, ["attempt@0"]],
    ];
    for (const [options, after, expected] of cases) {
      log.length = 0;
      let error: unknown;
      await run(
        () =>
          moveOnAfter(after, async () => {
            error = await thrownBy(() => retry(body, options));
          }),
        { backend: "virtual" },
      );
      expect(isCancelled(error)).toBeTrue();
      expect(log).toEqual(expected);
    }
  });

  virtually("an attempt that fails in a cancelled scope is not thrown: onRetry is told, and that is all", async () => {
    const log: string[] = [];
    const cleanup = async () => {
      try {
        await sleepForever();
      } catch {
        throw new Error("cleanup");
      }
    };
    const value: unknown = await moveOnAfter(5, () => retry(cleanup, { onRetry: (error) => log.push(String(error)) }));
    expect([value, ...log]).toEqual([undefined, "Error: cleanup"]);
    expect(String(await thrownBy(() => moveOnAfter(5, () => retry(cleanup, { attempts: 1 }))))).toBe("Error: cleanup");
  });

  virtually("a scope that an attempt cancels in itself is that attempt's own business", async () => {
    const value = await retry(
      async (attempt) => {
        await moveOnAfter(5, () => sleepForever());
        if (attempt < 3) await failAfter(5, () => sleepForever());
        return attempt;
      },
      { shouldRetry: (error) => error instanceof TimeoutError },
    );
    expect([value, currentTime()]).toEqual([3, 25]);
  });

  virtually("a scope that an attempt cancels around it ends it there", async () => {
    const scope = new CancelScope();
    let attempts = 0;
    const value: unknown = await scope.enter(() =>
      retry((): number => {
        attempts++;
        scope.cancel();
        throw new Error("boom");
      }),
    );
    expect([value, attempts]).toEqual([undefined, 1]);
  });

  virtually("a Cancelled of another run passes as it is", async () => {
    let kept: unknown;
    await moveOnAfter(0, async () => {
      kept = await thrownBy(() => sleep(1));
    });
    let attempts = 0;
    const error = await thrownBy(() =>
      retry(() => {
        attempts++;
        throw kept as Error;
      }),
    );
    expect([error, attempts]).toEqual([kept, 1]);
    expect(earlierErrors(error)).toEqual([]);
  });

  virtually("unsubscribed, it leaves no orphan", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const subscription = retry(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(5, () => sleepForever(), { shield: true });
          log.push(`clean@${currentTime()}`);
        }
      }).subscribe();
      await sleep(1);
      subscription.unsubscribe();
      await sleep(1);
      const waiting = retry(boom, { attempts: Infinity, delay: 1000 }).subscribe();
      await sleep(1);
      waiting.unsubscribe();
    });
    expect([...log, `end@${currentTime()}`]).toEqual(["clean@6", "end@6"]);
  });

  outdoors("endless attempts without a delay starve no timer, and can be cancelled", async () => {
    let attempts = 0;
    const end = performance.now() + 2_000;
    const body = () => {
      attempts++;
      return performance.now() > end ? "starved" : boom();
    };
    const value: unknown = await moveOnAfter(10, () => retry(body, { attempts: Infinity }));
    expect(value).toBeUndefined();
    expect(attempts).toBeGreaterThan(10);
  });

  virtually("nested, the inner one's errors are told unless the outer one has some", async () => {
    const inner = () => retry(flaky(9), { attempts: 2 });
    const once = await thrownBy(() => retry(inner, { attempts: 1 }));
    expect(earlierErrors(once).map(String)).toEqual(["Error: attempt 1"]);
  });

  virtually("keeps the errors of the last 16 attempts before the last", async () => {
    const error = await thrownBy(() => retry(flaky(Infinity), { attempts: 100 }));
    const kept = earlierErrors(error).map(String);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([16, "Error: attempt 84", "Error: attempt 99"]);
  });

  virtually("throws what is no object as well; that has no earlier errors to tell", async () => {
    for (const thrown of ["text", undefined, null, 1] as unknown[]) {
      const error = await thrownBy(() =>
        retry(() => {
          throw thrown as Error;
        }),
      );
      expect([error, earlierErrors(error)]).toEqual([thrown, []]);
    }
    const frozen = Object.freeze(new Error("frozen"));
    const error = await thrownBy(() =>
      retry(() => {
        throw frozen as Error;
      }),
    );
    expect(error).toBe(frozen);
    expect(earlierErrors(frozen)).toEqual([frozen, frozen]);
    expect(earlierErrors(new Error("another"))).toEqual([]);
  });

  it("is lazy, and counts anew each time", async () => {
    const log: string[] = [];
    const value = retry(flaky(1, log));
    expect(log).toEqual([]);
    expect([await value, await firstValueFrom(value)]).toEqual([2, 2]);
    expect(
      await run(function* () {
        return yield* value;
      }),
    ).toBe(2);
    expect(log.map((entry) => entry.split("@")[0])).toEqual(["1", "2", "1", "2", "1", "2"]);
  });

  virtually("the attempt runs in the scope of who retries", async () => {
    const scopes = await moveOnAfter(100, () => {
      const outer = currentScope();
      return retry(() => [outer, currentScope()]);
    });
    expect(scopes![0]).toBe(scopes![1]);
  });

  it("refuses at the call what makes no sense", () => {
    const body = () => 1;
    for (const wrong of [undefined, null, 1, "text", Promise.resolve(1)])
      expectSentence(() => retry(wrong as never), TypeError);
    for (const wrong of [3, null, "3"]) expectSentence(() => retry(body, wrong as never), TypeError);
    for (const attempts of [0, -1, 1.5, NaN]) expectSentence(() => retry(body, { attempts }), RangeError);
    expectSentence(() => retry(body, { attempts: "3" as never }), TypeError);
    for (const delay of [-1, NaN, "3" as never]) {
      expectSentence(() => retry(body, { delay }), RangeError);
      expectSentence(() => retry(body, { maxDelay: delay }), RangeError);
    }
    for (const factor of [0.5, -1, NaN, "2" as never]) expectSentence(() => retry(body, { factor }), RangeError);
    for (const jitter of [-0.1, 1.1, NaN, true as never]) expectSentence(() => retry(body, { jitter }), RangeError);
    for (const key of ["random", "shouldRetry", "onRetry"])
      expectSentence(() => retry(body, { [key]: 1 as never }), TypeError);
  });
});
