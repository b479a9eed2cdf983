import { run, sleep, sleepForever, taskGroup } from "anyrx";
import {
  checkLaw,
  checkLaws,
  type Kit,
  type Law,
  type LawBackend,
  LawBrokenError,
  laws,
  styles,
} from "anyrx/testing/laws";
import { reallyWaits } from "../support/real-time.ts";

const backend: LawBackend = { name: "virtual", clock: "exact", run: (main) => run(main, { backend: "virtual" }) };
const real: LawBackend = { name: "native", run: (main) => run(main) };
const style = styles[0]!;

/** A law that writes `log`, each entry 10 ms after the one before. */
function lawOf(log: readonly string[], expected: readonly string[]): Law {
  return {
    id: "X1",
    title: "a law of this spec",
    *body(k: Kit) {
      for (const text of log) {
        yield k.sleep(10);
        k.log(text);
      }
    },
    expected,
  };
}

async function brokenBy(law: Law, subject = { backend, style }): Promise<string> {
  try {
    await checkLaw(law, subject);
  } catch (error) {
    if (error instanceof LawBrokenError) return error.message;
    throw error;
  }
  return "";
}

describe("checkLaw()", () => {
  it("accepts the expected log, with times and without", async () => {
    expect(await brokenBy(lawOf(["a", "b"], ["a@10", "b"]))).toBe("");
  });

  it("says which law, engine and style, and shows both logs side by side", async () => {
    expect(await brokenBy(lawOf(["a", "x", "c"], ["a@10", "b@20", "c@30", "d@40"]))).toBe(
      [
        'Cannot accept the backend "virtual": it breaks X1 in async style, "a law of this spec"; compare the logs',
        "    expected  actual",
        "    a@10      a@10",
        "  > b@20      x@20",
        "    c@30      c@30",
        "  > d@40",
      ].join("\n"),
    );
  });

  it("refuses a time that is off by 1 ms on an exact clock", async () => {
    expect(await brokenBy(lawOf(["a"], ["a@11"]))).toContain("> a@11      a@10");
  });

  it("tries again, slower, on a real clock, and refuses what is wrong at any pace", async () => {
    reallyWaits("it is about real clocks");
    expect(await brokenBy(lawOf(["a"], ["a@10"]), { backend: real, style })).toBe("");
    expect(await brokenBy(lawOf(["a"], ["a@30"]), { backend: real, style })).toContain("> a@30");
  });

  it("tries again, as slowly as can be, a law that got stuck on a real clock, and only once", async () => {
    reallyWaits("it is about real clocks");
    let tries = 0;
    const stuckUntil = (held: number): Law => ({
      ...lawOf([], ["held"]),
      *body(k: Kit) {
        if (++tries < held) yield sleepForever();
        k.log("held");
      },
    });
    const impatient: LawBackend = { name: "native", run: (main, signal) => run(main, { signal }), patience: 50 };
    expect(await brokenBy(stuckUntil(2), { backend: impatient, style })).toBe("");
    tries = 0;
    expect(await brokenBy(stuckUntil(3), { backend: impatient, style })).toContain("still running after 50 ms");
    expect(tries).toBe(2);
    tries = 0;
    const exact: LawBackend = { ...impatient, clock: "exact" };
    tries = 0;
    expect(await brokenBy(stuckUntil(2), { backend: exact, style })).toContain("still running");
  });

  it("writes the error that a law let out as the last entry, and keeps it as cause", async () => {
    const boom = new Error("boom");
    const law: Law = {
      ...lawOf([], []),
      *body() {
        throw boom;
      },
    };
    await expectAsync(checkLaw(law, { backend, style })).toBeRejectedWith(jasmine.objectContaining({ cause: boom }));
    expect(await brokenBy({ ...law, expected: ["threw!boom"] })).toBe("");
  });
});

describe("checkLaws()", () => {
  const good = lawOf(["a"], ["a"]);
  const bad: Law = { ...lawOf(["a"], ["b"]), id: "X2" };

  it("counts what holds and collects what is broken, once per style", async () => {
    const report = await checkLaws(backend, { laws: [good, bad] });
    expect(report.ok).toBeFalse();
    expect(report.held).toBe(3);
    expect(report.broken.map(({ law, subject }) => `${law.id} ${subject.style.name}`)).toEqual([
      "X2 async",
      "X2 generator",
      "X2 observable",
    ]);
  });

  it("excuses a broken law that is exempt", async () => {
    const report = await checkLaws(backend, { laws: [good, bad], exemptions: [{ law: "X2", reason: "known" }] });
    expect(report.ok).toBeTrue();
    expect(report.exempt.length).toBe(3);
  });

  it("fails once an exempt law holds", async () => {
    const exemption = { law: "X1", reason: "no longer true" };
    const report = await checkLaws(backend, { laws: [good], exemptions: [exemption] });
    expect(report.ok).toBeFalse();
    expect(report.stale).toEqual([exemption]);
  });
});

describe("the styles", () => {
  it("each turn steps into a body of their own kind", async () => {
    const kinds: string[] = [];
    for (const each of styles) {
      const { name } = each;
      const made = each.body(function* () {
        yield sleep(1);
        return name;
      });
      kinds.push(made.constructor.name);
      expect(await run(() => taskGroup(made), { backend: "virtual" })).toBe(name);
    }
    expect(kinds).toEqual(["AsyncFunction", "GeneratorFunction", "Function"]);
  });
});

describe("the laws", () => {
  it("have unique names", () => {
    const names = laws.map(({ id, title }) => `${id}: ${title}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
