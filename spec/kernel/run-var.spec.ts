import {
  ContextLostError,
  createMemoryObjectStream,
  run,
  RunVar,
  sleep,
  taskGroup,
  UsageError,
} from "../../src/index.ts";
import { everywhere, expectSentence, thrownBy, turns } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("RunVar", () => {
  it("has one value for all tasks of a run, and none of another run's", async () => {
    const variable = new RunVar<number>("var");
    const main = async () => {
      expectSentence(() => variable.get(), UsageError);
      for (let i = 0; i < 2; i++) {
        variable.set(i);
        await taskGroup((tg) => {
          tg.startSoon(() => {
            expect(variable.get()).toBe(i);
            variable.set(i + 1);
          });
        });
        expect(variable.get()).toBe(i + 1);
      }
    };
    for (const backend of ["native", "rx", "virtual"] as const) {
      for (let i = 0; i < 2; i++) await run(main, { backend });
    }
  });

  it("keeps runs apart that go on at the same time, one inside of the other", async () => {
    reallyWaits("one of the runs is native");
    const variable = new RunVar("var", "initial");
    const inner = async () => {
      const before = variable.get();
      variable.set("inner");
      await sleep(1);
      return [before, variable.get()];
    };
    const seen = await run(async () => {
      variable.set("outer");
      return [...(await run(inner)), ...(await run(inner, { backend: "virtual" })), variable.get()];
    });
    expect(seen).toEqual(["initial", "inner", "initial", "inner", "outer"]);
    expect(variable.get()).toBe("initial");
  });

  it("has a value of its own outside of any run", async () => {
    const variable = new RunVar<string>("var");
    const token = variable.set("outside");
    expect(await run(() => variable.get("none"))).toBe("none");
    expect(variable.get()).toBe("outside");
    await turns(1);
    expect(variable.get()).toBe("outside");
    variable.reset(token);
    expect(variable.get("none")).toBe("none");
  });

  everywhere("gives the fallback before the initial value, undefined among them", () => {
    const variable = new RunVar("var", 1);
    expect(variable.get()).toBe(1);
    expect(variable.get(2)).toBe(2);
    expect(variable.get(undefined)).toBeUndefined();
    variable.set(3);
    expect(variable.get(2)).toBe(3);
    expect(new RunVar<number | undefined>("var", undefined).get()).toBeUndefined();
    expect(new RunVar<number>("var").get("none")).toBe("none");
  });

  everywhere("does not share by name", () => {
    const one = new RunVar<number | string>("var", 1);
    const two = new RunVar<number | string>("var", "a");
    one.set(2);
    expect([one.get(), two.get()]).toEqual([2, "a"]);
    two.set("b");
    expect([one.get(), two.get()]).toEqual([2, "b"]);
  });

  everywhere("is put back by its token, once", () => {
    const variable = new RunVar<string>("var");
    const first = variable.set("first");
    const second = variable.set("second");
    variable.reset(second);
    expect(variable.get()).toBe("first");
    expectSentence(() => {
      variable.reset(second);
    }, UsageError);
    variable.reset(first);
    expect(variable.get("unset")).toBe("unset");
  });

  everywhere("refuses the token of another", () => {
    const one = new RunVar<string>("one");
    const two = new RunVar<string>("two");
    const token = one.set("blah");
    expectSentence(() => {
      two.reset(token);
    }, UsageError);
    expect(one.get()).toBe("blah");
    one.reset(token); // It was not used.
  });

  everywhere("is put back by using, in the order of the blocks", () => {
    const variable = new RunVar("var", 3);
    {
      using _outer = variable.set(4);
      {
        using inner = variable.set(5);
        expect(variable.get()).toBe(5);
        variable.reset(inner); // Earlier than the block's end, which then does nothing.
        expect(variable.get()).toBe(4);
      }
      expect(variable.get()).toBe(4);
    }
    expect(variable.get()).toBe(3);
  });

  it("is put back in the run that set it, wherever the token is used", async () => {
    const variable = new RunVar("var", 0);
    const [send, receive] = createMemoryObjectStream<Disposable>(1);
    await run(async () => {
      send.sendNowait(variable.set(1));
      await run(async () => {
        variable.set(9);
        (await receive.receive())[Symbol.dispose]();
        expect(variable.get()).toBe(9);
      });
      expect(variable.get()).toBe(0);
    });
  });

  it("is refused where the scope got lost, under a strict run", async () => {
    const variable = new RunVar("var", 0);
    const error = await run(
      async () => {
        await Promise.resolve();
        return await thrownBy(() => variable.get());
      },
      { context: "strict" },
    );
    expect(error).toBeInstanceOf(ContextLostError);
  });
});
