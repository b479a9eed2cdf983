import {
  availableBackends,
  CancelScope,
  currentBackend,
  isCancelled,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { effectionBackend } from "anyrx/effection";
import * as effection from "effection";
import { outdoors, virtually } from "./world.ts";

describe("effectionBackend()", () => {
  it("is known by its name", async () => {
    expect(availableBackends()).toContain("effection");
    expect(await run(currentBackend, { backend: "effection" })).toBe("effection");
  });

  virtually("sleeps with Effection", async ({ outcome, time }) => {
    await outcome(run(() => sleep(100), { backend: effectionBackend() }));
    expect(time.now).toBe(100);
  });

  virtually(
    "is cancelled by a halt of its scope, which waits for the cleanup",
    async ({ outcome, note, log, time }) => {
      const [scope, destroy] = effection.createScope();
      const backend = effectionBackend({ scope });
      const program = (name: string, nap: number) =>
        run(
          async () => {
            try {
              await sleepForever();
            } finally {
              await new CancelScope({ shield: true }).enter(() => sleep(nap));
              note(name);
            }
          },
          { backend },
        ).catch((error: unknown) => note(isCancelled(error) ? "cancelled" : "failed"));
      void program("a", 10);
      void program("b", 20);
      await time.advance(5);
      await outcome(destroy());
      note("destroyed");
      expect(log).toEqual(["a@15", "cancelled@15", "b@25", "cancelled@25", "destroyed@25"]);
    },
  );

  virtually("in the scope of a task ends with that task", async ({ outcome, note, log }) => {
    await outcome(
      effection.run(function* () {
        const scope = yield* effection.useScope();
        run(
          async () => {
            try {
              await taskGroup((tg) => void tg.startSoon(sleepForever));
            } finally {
              await new CancelScope({ shield: true }).enter(() => sleep(10));
              note("cleaned up");
            }
          },
          { backend: effectionBackend({ scope }) },
        ).catch(() => note("cancelled"));
        yield* effection.sleep(5);
      }),
    );
    note("over");
    expect(log).toEqual(["cleaned up@15", "cancelled@15", "over@15"]);
  });

  virtually("cancels a run whose task was halted before it began", async ({ outcome, time }) => {
    let program!: Promise<unknown>;
    const main = effection.run(function* () {
      const scope = yield* effection.useScope();
      program = run(sleepForever, { backend: effectionBackend({ scope }) });
      program.catch(() => undefined);
    });
    await outcome(main);
    await time.advance(1);
    const ended = await outcome(program);
    expect(ended.status === "rejected" && isCancelled(ended.reason)).toBeTrue();
  });

  virtually("leaves neither a task nor an error in its scope", async ({ outcome }) => {
    const [scope, destroy] = effection.createScope();
    const ended = await outcome(run(() => Promise.reject(new Error("mine")), { backend: effectionBackend({ scope }) }));
    expect(ended.status).toBe("rejected");
    expect(await outcome(destroy())).toEqual({ status: "fulfilled", value: undefined });
  });

  it("runs one program after another, and several at once", async () => {
    const backend = effectionBackend();
    const one = () => run(() => sleep(0), { backend });
    await one();
    await Promise.all([one(), one()]);
    await one();
    expect(backend.name).toBe("effection");
  });

  outdoors("lets timers of the host fire in between", "it is about timers of the host", async () => {
    let fired = false;
    setTimeout(() => (fired = true), 5);
    const end = performance.now() + 2000;
    await run(
      async () => {
        while (!fired && performance.now() < end) await sleep(0);
      },
      { backend: effectionBackend() },
    );
    expect(fired).toBeTrue();
  });

  it("refuses what is no scope", () => {
    for (const scope of [null, 1, {}, effection.suspend()])
      expect(() => effectionBackend({ scope: scope as never })).toThrowError(TypeError, /^Cannot run .+: .+; .+[^.]$/);
  });
});
