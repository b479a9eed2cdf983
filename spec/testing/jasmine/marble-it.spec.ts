import { debounceTime } from "rxjs";
import { sleep, sleepForever } from "anyrx";
import { marbleIt } from "anyrx/testing/jasmine";
import { expectSentence } from "../../field/everywhere.ts";
import { inner, statuses } from "./inner-jasmine.ts";
import { mayWait } from "../../support/real-time.ts";

describe("marbleIt()", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  marbleIt("runs its body in virtual time, and counts what is expected", (t) => {
    t.expectObservable(t.cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
  });

  it("fails with the diagrams, at the line of toBe()", async () => {
    const [outcome] = await inner(() => {
      marbleIt("differs", (t) => {
        t.expectObservable(t.cold("-a|")).toBe("--a|");
      });
    });
    expect(outcome?.messages.length).toBe(1);
    expect(outcome?.messages[0]).toMatch(/expected +--a\|\n +actual +-a\|/);
    expect(outcome?.stack).toContain("marble-it.spec.ts");
    expect(outcome?.stack).not.toContain("error properties");
  });

  it("has only and skip, and knows a spec that expects nothing", async () => {
    const outcomes = await inner(() => {
      marbleIt("expects nothing", () => sleep(1));
      marbleIt("expects of jasmine", async () => {
        await sleep(1);
        expect(1).toBe(1);
      });
      marbleIt("has a probe", async (t) => {
        const seen = t.probe<string>("seen");
        await sleep(1);
        seen("a");
        seen.toBe("-a");
      });
      marbleIt.skip("is skipped", () => {
        fail("it ran");
      });
    });
    expect(statuses(outcomes)).toEqual([
      "expects nothing: failed",
      "expects of jasmine: passed",
      "has a probe: passed",
      "is skipped: pending",
    ]);
    const focused = await inner(() => {
      marbleIt("is left out", () => {
        fail("it ran");
      });
      marbleIt.only("is focused", (t) => {
        t.expectPromise(Promise.resolve("a")).toBe("a");
      });
    });
    expect(statuses(focused).sort()).toEqual(["is focused: passed", "is left out: excluded"]);
  });

  // Really waits: jasmine's timeouts are real.
  it("ends before jasmine's timeout, and says what is held", async () => {
    const outcomes = await inner(() => {
      marbleIt("is held", async (t) => {
        t.hold("a worker");
        await sleepForever();
      });
      marbleIt("is held longer", (t) => t.real(() => new Promise(() => undefined)), { timeout: 200 });
    }, 400);
    expect(outcomes.map(({ messages }) => messages.length)).toEqual([1, 1]);
    expect(outcomes[0]?.messages[0]).toMatch(/^RealTimeoutError: Cannot finish within 320 ms of real time: .+a worker/);
    expect(outcomes[1]?.messages[0]).toMatch(/^RealTimeoutError: Cannot finish within 160 ms of real time: /);
  });

  it("hands its options on", async () => {
    const seen: number[] = [];
    await inner(() => {
      marbleIt("begins later", () => void seen.push(Date.now()), { epoch: 5_000 });
    });
    expect(seen).toEqual([5_000]);
  });

  it("refuses a body that is no function", async () => {
    await inner(() => {
      it("is refused", () => undefined);
    });
    expectSentence(() => {
      marbleIt("x", undefined as unknown as () => void);
    }, TypeError);
  });
});
