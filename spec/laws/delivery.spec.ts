import fc from "fast-check";
import { checkpoint, createMemoryObjectStream, run, type Task, taskGroup } from "anyrx";

interface Step {
  readonly who: number;
  readonly cancel: boolean;
}

/** Law M10 again, with interleavings that are made smaller until they can be read when one of them fails. */
describe("law M10: each sent item arrives exactly once", () => {
  const crowd = fc.record({
    size: fc.integer({ min: 0, max: 3 }),
    senders: fc.integer({ min: 1, max: 4 }),
    receivers: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(fc.record({ who: fc.nat(7), cancel: fc.boolean() }), { maxLength: 12 }),
  });

  async function check(size: number, senders: number, receivers: number, steps: readonly Step[]): Promise<void> {
    const [send, receive] = createMemoryObjectStream<string>(size);
    const sent: string[] = [];
    const received: string[] = [];
    await taskGroup(async (tg) => {
      const tasks: Task<void>[] = [];
      for (let name = 0; name < senders; name++) {
        tasks.push(
          tg.startSoon(async () => {
            for (let i = 0; i < 3; i++) {
              await send.send(`${name}.${i}`);
              sent.push(`${name}.${i}`);
            }
          }),
        );
      }
      for (let i = 0; i < receivers; i++) {
        tasks.push(
          tg.startSoon(function* () {
            for (;;) received.push(yield* receive.receive());
          }),
        );
      }
      for (const { who, cancel } of steps) {
        if (cancel) tasks[who % tasks.length]?.cancel();
        else await checkpoint();
      }
      for (let i = 0; i < 20; i++) await checkpoint();
      tg.cancel();
    });
    while (send.statistics().currentBufferUsed > 0) received.push(receive.receiveNowait());
    expect(received.toSorted()).toEqual(sent.toSorted());
  }

  it("for random crowds and cancellations", async () => {
    await fc.assert(
      fc.asyncProperty(crowd, ({ size, senders, receivers, steps }) =>
        run(() => check(size, senders, receivers, steps), { backend: "virtual" }),
      ),
      { numRuns: 300 },
    );
  }, 20_000);
});
