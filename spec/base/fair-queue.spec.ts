import { FairQueue } from "../../src/base/fair-queue.ts";

describe("FairQueue", () => {
  const queue = (): FairQueue => new FairQueue({ macrotask: (job) => void setImmediate(job) });
  const settle = (): Promise<void> => new Promise((done) => setImmediate(() => setImmediate(done)));

  it("runs jobs in order, never inside the caller", async () => {
    const log: string[] = [];
    const fair = queue();
    for (const name of ["a", "b", "c"]) fair.defer({ run: () => void log.push(name) });
    log.push("caller");
    await settle();
    expect(log).toEqual(["caller", "a", "b", "c"]);
  });

  it("lets a timer run beside a job that defers itself for ever", async () => {
    const fair = queue();
    let fired = false;
    let turns = 0;
    setImmediate(() => {
      fired = true;
    });
    await new Promise<void>((done) => {
      const job = {
        run: (): void => {
          if (fired) done();
          else {
            turns++;
            fair.defer(job);
          }
        },
      };
      fair.defer(job);
    });
    expect(turns).toBeLessThan(100);
  });

  it("goes on after a job that throws, and the host is told", async () => {
    const log: unknown[] = [];
    await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
      const fair = queue();
      fair.defer({
        run: () => {
          throw new RangeError("defect");
        },
      });
      fair.defer({ run: () => void log.push("next") });
      await settle();
      fair.defer({ run: () => void log.push("later") });
      await settle();
      log.push(...spy.calls.allArgs().flat().map(String));
    });
    expect(log).toEqual(["next", "later", "RangeError: defect"]);
  });
});
