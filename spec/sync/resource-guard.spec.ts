import { inspect } from "node:util";
import { BusyResourceError, CancelScope, checkpoint, ResourceGuard, sleepForever, taskGroup } from "anyrx";
import { blocked, everywhere, expectSentence, named, thrownBy } from "../field/everywhere.ts";

describe("A resource guard", () => {
  it("lets one in at a time, and says what it does", () => {
    const guard = new ResourceGuard("reading from", { name: "port 80" });
    {
      using _busy = guard.enter();
      expect(() => guard.enter()).toThrowError(
        BusyResourceError,
        'Cannot start reading from the resource "port 80": another task is doing that already; ' +
          "let one task do it, or take turns with a lock",
      );
    }
    guard.enter()[Symbol.dispose]();
    expectSentence(() => {
      const using = new ResourceGuard();
      using.enter();
      using.enter();
    }, BusyResourceError);
    expect(new ResourceGuard().action).toBe("using");
  });

  it("leaves once", () => {
    const guard = new ResourceGuard();
    const first = guard.enter();
    first[Symbol.dispose]();
    using _second = guard.enter();
    first[Symbol.dispose]();
    expect(() => guard.enter()).toThrowError(BusyResourceError);
  });

  everywhere("is busy while a body runs, until that has cleaned up", async () => {
    const guard = new ResourceGuard();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const user = tg.startSoon(() => guard.hold(() => sleepForever()));
      await blocked();
      log.push(named(await thrownBy(() => guard.hold(() => undefined))));
      user.cancel();
      await user.wait();
      log.push(
        await guard.hold(function* () {
          yield* checkpoint();
          return "free";
        }),
      );
      log.push(
        named(
          await thrownBy(() =>
            guard.hold(() => {
              throw new Error("boom");
            }),
          ),
        ),
      );
      guard.enter();
    });
    expect(log).toEqual(["BusyResourceError", "free", "Error"]);
  });

  everywhere("does not begin the body in a cancelled scope", async () => {
    const guard = new ResourceGuard();
    const scope = new CancelScope();
    let begun = false;
    await scope.enter(() => {
      scope.cancel();
      return guard.hold(() => (begun = true));
    });
    expect([begun, scope.cancelledCaught]).toEqual([false, true]);
  });

  it("refuses what is no action, and no body", () => {
    expectSentence(() => new ResourceGuard(5 as never), TypeError);
    expectSentence(() => new ResourceGuard().hold(5 as never), TypeError);
  });

  it("is one line in a log", () => {
    const guard = new ResourceGuard("reading from", { name: "port 80" });
    const idle = inspect(guard);
    guard.enter();
    expect([idle, String(guard), String(new ResourceGuard())]).toEqual([
      'ResourceGuard "port 80" (reading from: idle)',
      'ResourceGuard "port 80" (reading from: busy)',
      "ResourceGuard (using: idle)",
    ]);
  });
});
