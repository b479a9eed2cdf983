import { VirtualTimeScheduler } from "rxjs";
import { currentTime, run, rxBackend, sleep, taskGroup } from "../../src/index.ts";

describe("The rx backend", () => {
  it("follows the clock of its scheduler: generator tasks run in one flush of a VirtualTimeScheduler", async () => {
    const scheduler = new VirtualTimeScheduler();
    const log: string[] = [];
    const done = run(
      () =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(30);
            log.push(`a@${String(currentTime())}`);
          });
          tg.startSoon(function* () {
            yield* sleep(10);
            log.push(`b@${String(currentTime())}`);
          });
          yield* sleep(20);
          log.push(`body@${String(currentTime())}`);
        }),
      { backend: rxBackend(scheduler) },
    );
    scheduler.flush();
    expect(log).toEqual(["b@10", "body@20", "a@30"]);
    await done;
  });

  it("keeps a delay beyond 2^31 ms", async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Infinity);
    const done = run(
      function* () {
        yield* sleep(2 ** 33);
        return currentTime();
      },
      { backend: rxBackend(scheduler) },
    );
    scheduler.flush();
    expect(await done).toBe(2 ** 33);
  });
});
