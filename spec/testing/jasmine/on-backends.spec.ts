import { asapScheduler, map, timer } from "rxjs";
import {
  type Backend,
  currentBackend,
  currentScope,
  currentTime,
  run,
  rxBackend,
  sleep,
  sleepForever,
  UnsupportedError,
  UsageError,
} from "anyrx";
import { onBackends, type SpecBackendLike } from "anyrx/testing/jasmine";
import { expectSentence } from "../../field/everywhere.ts";
import { inner, type Outcome, statuses } from "./inner-jasmine.ts";
import { mayWait } from "../../support/real-time.ts";

/** Several ways to name a backend, with what each is. */
const named: [SpecBackendLike, string][] = [
  ["native", "native"],
  ["rx", "rx"],
  ["virtual", "virtual"],
  [{ name: "rx, asap", backend: () => rxBackend(asapScheduler) }, "rx"],
  [{ name: "native, strict", backend: "native", context: "strict" }, "native"],
  [{ name: "a run of its own", run: (main) => run(main, { backend: "virtual" }) }, "virtual"],
];

describe("onBackends()", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  onBackends(
    named.map(([backend]) => backend),
    (it, backend) => {
      const engine = new Map(named.map(([given, name]) => [typeof given === "string" ? given : given.name, name]));
      const expected = engine.get(backend.name) ?? "";

      it("runs an async body on the backend", async () => {
        await sleep(1);
        expect(currentBackend()).toBe(expected);
      });

      it("runs a generator body", function* () {
        yield* sleep(1);
        expect(currentBackend()).toBe(expected);
      });

      it("runs an Observable body", () =>
        sleep(1).pipe(
          map(() => {
            expect(currentBackend()).toBe(expected);
          }),
        ));

      it("runs a plain body", () => {
        expect(currentBackend()).toBe(expected);
      });
    },
  );

  it("gives each spec a backend of its own", async () => {
    const seen: Backend[] = [];
    await inner(() => {
      onBackends(["native", { name: "made", backend: () => rxBackend() }, "virtual"], (it) => {
        const look = () => {
          expect(seen.push(currentScope()._engine.backend)).toBeGreaterThan(0);
        };
        it("one", look);
        it("two", look);
      });
    });
    expect(new Set(seen).size).toBe(6);
  });

  it("has host timers and dates follow the clock on virtual, and nowhere else", async () => {
    const log: string[] = [];
    await inner(() => {
      onBackends(["native", "virtual"], (it, backend) => {
        it("waits", async () => {
          const start = Date.now();
          if (backend.name === "virtual") {
            await new Promise((resolve) => setTimeout(resolve, 60_000));
            await new Promise((resolve) => timer(1_000).subscribe(resolve));
          }
          log.push(`${backend.name} ${String(start === 0)} ${String(Date.now() - start >= 61_000)}`);
        });
      });
    });
    expect(log).toEqual(["native false false", "virtual true true"]);
  });

  it("puts the backend into the name of each spec, and passes on what fails", async () => {
    const outcomes = await inner(() => {
      describe("a lock", () => {
        onBackends(["native", "virtual"], (it) => {
          it("is kept", async () => {
            await sleep(1);
            throw new RangeError("no");
          });
          it("is counted", async () => {
            await sleep(1);
            expect(1).toBe(2);
          });
        });
      });
    });
    expect(statuses(outcomes)).toEqual([
      "a lock on native is kept: failed",
      "a lock on native is counted: failed",
      "a lock on virtual is kept: failed",
      "a lock on virtual is counted: failed",
    ]);
    expect(outcomes.flatMap(({ messages }) => messages)).toEqual([
      "RangeError: no",
      "Expected 1 to be 2.",
      "RangeError: no",
      "Expected 1 to be 2.",
    ]);
    for (const { stack } of outcomes) expect(stack).toContain("on-backends.spec.ts");
  });

  it("fails a spec that waits for ever on virtual, with the deadlock", async () => {
    const [outcome] = await inner(() => {
      onBackends(["virtual"], (it) => {
        it("waits", () => sleepForever());
      });
    });
    expect(outcome?.messages[0]).toMatch(/^DeadlockError: /);
  });

  // Really waits: jasmine's timeouts are real. So do the other specs with a timeout here.
  it("ends a spec before jasmine's timeout, and says who waits for what", async () => {
    let ended = 0;
    const outcomes = await inner(() => {
      onBackends(["native", "rx"], (it) => {
        it("waits", async () => {
          try {
            await sleepForever();
          } finally {
            ended++;
          }
        });
        it("waits for a foreign promise", () => new Promise(() => undefined), { timeout: 200 });
      });
    }, 400);
    expect(ended).toBe(2);
    expect(statuses(outcomes).filter((status) => !status.endsWith("failed"))).toEqual([]);
    expect(outcomes[0]?.messages[0]).toMatch(
      /^SpecTimeoutError: Cannot finish the spec on native: it still runs after 320 ms; .+\n[^]*task "main" \(pending\)\n.*waits for sleepForever/,
    );
    expect(outcomes[1]?.messages[0]).toContain("on native: it still runs after 160 ms");
    expect(outcomes[2]?.messages[0]).toContain("on rx: it still runs after 320 ms");
    for (const outcome of outcomes) expect(outcome.messages.length).toBe(1);
  });

  it("has only, skip, and pending specs", async () => {
    const outcomes = await inner(() => {
      onBackends(["native", "virtual"], (it) => {
        it("is left out", () => {
          fail("it ran");
        });
        it.only("is focused", () => {
          expect(1).toBe(1);
        });
        it.skip("is skipped", () => {
          fail("it ran");
        });
        it("has no body");
      });
    });
    // Jasmine runs what is focused first.
    expect(statuses(outcomes).sort()).toEqual([
      "on native has no body: excluded",
      "on native is focused: passed",
      "on native is left out: excluded",
      "on native is skipped: excluded",
      "on virtual has no body: excluded",
      "on virtual is focused: passed",
      "on virtual is left out: excluded",
      "on virtual is skipped: excluded",
    ]);
    const unfocused = await inner(() => {
      onBackends(["native"], (it) => {
        it.skip("is skipped", () => {
          fail("it ran");
        });
        it("has no body");
        it("says so itself", () => {
          pending("later");
        });
      });
    });
    expect(unfocused.map(({ status }) => status)).toEqual(["pending", "pending", "pending"]);
  });

  it("runs something else on the backend, for hooks", async () => {
    const times: number[] = [];
    const outcomes = await inner(() => {
      onBackends(["virtual"], (it, backend) => {
        beforeEach(async () => {
          times.push(
            await backend.run(async () => {
              await sleep(1_000);
              return currentTime();
            }),
          );
        });
        it("begins anew", () => {
          expect(currentTime()).toBe(0);
        });
      });
    });
    expect(times).toEqual([1_000]);
    expect(statuses(outcomes)).toEqual(["on virtual begins anew: passed"]);
  });

  describe("refuses", () => {
    const specs = () => undefined;

    it("an unknown backend, with the library's own error", () => {
      expectSentence(() => {
        onBackends(["nativ" as "native"], specs);
      }, UnsupportedError);
      expect(() => {
        onBackends([{ name: "mine", backend: "nope" as "native" }], specs);
      }).toThrowError(UnsupportedError, /there is no such backend; use "native", "rx", "virtual"/);
      expect(() => {
        onBackends([{ name: "mine" }], specs);
      }).toThrowError(UnsupportedError, /the backend "mine"/);
    });

    it("what is no list, an empty one, and one with the same name twice", () => {
      for (const wrong of [undefined, "native", [], ["native", "native"], ["rx", { name: "rx", backend: "native" }]]) {
        expectSentence(() => {
          onBackends(wrong as "native"[], specs);
        }, TypeError);
      }
    });

    it("an entry without a name, or with a run that is no function", () => {
      for (const wrong of [null, {}, { name: "" }, { name: "x", run: 1 }]) {
        expectSentence(() => {
          onBackends([wrong as unknown as "native"], specs);
        }, UnsupportedError);
      }
    });

    it("specs that are no function, and a body that is none or wants a done", async () => {
      expectSentence(() => {
        onBackends(["native"], "specs" as unknown as () => void);
      }, TypeError);
      await inner(() => {
        onBackends(["native"], (it) => {
          it("has one spec", () => undefined);
          expectSentenceOutside(() => it("x", "body" as unknown as () => void));
          expectSentenceOutside(() => it("x", ((done: () => void) => done()) as () => void));
          expectSentenceOutside(() => it.exempt("native", " ", "x", () => undefined));
        });
      });
      expect(messages.length).toBe(3);
      for (const message of messages) expect(message).toMatch(/^Cannot .+: .+; .+[^.]$/);
    });

    it("specs that are registered asynchronously", async () => {
      const outcomes = await inner(() => {
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- that is what is refused
        onBackends(["native"], async (it) => {
          it("comes early enough", () => {
            expect(1).toBe(1);
          });
        });
      });
      expect(outcomes.flatMap((outcome) => outcome.messages)[0]).toMatch(
        /^TypeError: Cannot .+: .+ is asynchronous; .+/,
      );
    });

    it("to work without jasmine", () => {
      const globals = globalThis as unknown as { jasmine: unknown };
      const { jasmine } = globals;
      try {
        globals.jasmine = { any: () => undefined };
        expectSentence(() => {
          onBackends(["native"], specs);
        }, UsageError);
      } finally {
        globals.jasmine = jasmine;
      }
    });
  });
});

const messages: string[] = [];
/** In a `describe` of the inner jasmine nothing can be expected. */
function expectSentenceOutside(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    messages.push((error as Error).message);
  }
}

describe("it.exempt()", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  const reason = "the clock stands still";

  async function exempted(body: () => unknown, timeout?: number): Promise<Outcome[]> {
    return inner(() => {
      onBackends(["native", "virtual"], (it) => {
        it.exempt("virtual", reason, "holds elsewhere", body);
        it("goes on to expect as before", () => {
          expect(1).toBe(2);
        });
      });
    }, timeout);
  }

  it("passes where the spec throws, is rejected, or misses an expectation, and only there", async () => {
    const failures: (() => unknown)[] = [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
      () => sleep(1).pipe(map(() => JSON.parse("{") as unknown)),
      async () => {
        await sleep(1);
        expect(1).withContext("one").toBe(2);
      },
      function* () {
        yield* sleep(1);
        expect(1).not.toBe(1);
      },
      () => expectAsync(Promise.resolve(1)).toBeRejected(),
      () => {
        fail("no");
      },
    ];
    for (const body of failures) {
      expect(statuses(await exempted(body))).toEqual([
        "on native holds elsewhere: failed",
        "on native goes on to expect as before: failed",
        "on virtual holds elsewhere: passed",
        "on virtual goes on to expect as before: failed",
      ]);
    }
  });

  it("fails where the spec holds: the exemption is stale", async () => {
    const outcomes = await exempted(async () => {
      await sleep(1);
      expect(1).toBe(1);
    });
    expect(statuses(outcomes)[0]).toBe("on native holds elsewhere: passed");
    expect(outcomes[2]?.messages).toEqual([
      'StaleExemptionError: Cannot excuse the spec on virtual: this is a stale exemption, since it holds there by now; make it a plain it(), without the reason "the clock stands still"',
    ]);
  });

  it("counts a spec that takes too long as failed", async () => {
    const outcomes = await inner(() => {
      onBackends(["native", "rx"], (it) => {
        it.exempt(["native", "rx"], reason, "waits", () => sleepForever());
      });
    }, 400);
    expect(statuses(outcomes)).toEqual(["on native waits: passed", "on rx waits: passed"]);
  });

  it("lets pending() through", async () => {
    const outcomes = await exempted(() => {
      pending("later");
    });
    expect(outcomes[2]?.status).toBe("pending");
  });

  it("has expectations fail again after a spec that jasmine gave up", async () => {
    const outcomes = await inner(() => {
      onBackends([{ name: "slow", run: () => new Promise(() => undefined) }, "native"], (it) => {
        it.exempt("slow", reason, "never ends", () => undefined);
        it("expects", () => {
          expect(1).toBe(2);
        });
      });
    }, 100);
    expect(statuses(outcomes)).toContain("on slow never ends: failed");
    expect(outcomes.find(({ name }) => name === "on native expects")?.messages).toEqual(["Expected 1 to be 2."]);
  });
});
