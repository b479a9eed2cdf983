import { AsyncLocalStorage } from "node:async_hooks";
import { checkpoint, operation, run, taskGroup } from "../../src/index.ts";

/** Keeps the loop busy for `ms`: from then on the next turn is a macrotask. */
function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe("The stores of others, in tasks", () => {
  const other = new AsyncLocalStorage<string>();

  it("hold what they held where the run was begun, whoever wakes whom and whoever was first", async () => {
    const seen = new Set<unknown>();
    await other.run("request", () =>
      run(() =>
        other.run("before the first turn", async () => {
          await taskGroup((tg) => {
            for (let i = 0; i < 50; i++) {
              tg.startSoon(async () => {
                await other.run(`task ${String(i)}`, async () => {
                  for (let k = 0; k < 50; k++) {
                    busy(0.02);
                    await checkpoint();
                  }
                });
              });
              tg.startSoon(function* () {
                for (let k = 0; k < 50; k++) {
                  seen.add(other.getStore());
                  tg.startSoon(() => void seen.add(other.getStore()));
                  yield* checkpoint();
                }
              });
            }
          });
        }),
      ),
    );
    expect([...seen]).toEqual(["request"]);
  });

  it("are not those of whoever was the first outside of any run", async () => {
    const seen: unknown[] = [];
    const look = operation(function* () {
      yield* checkpoint();
      seen.push(other.getStore());
    });
    for (const name of ["first", "second"]) await other.run(name, async () => look());
    expect(seen).toEqual([undefined, undefined]);
  });
});
