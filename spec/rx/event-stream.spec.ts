import { EventEmitter } from "node:events";
import { CancelScope, eventStream, EndOfStream, moveOnAfter, sleep, sleepForever, taskGroup } from "anyrx";
import { everywhere, expectSentence, LONG, thrownBy } from "../field/everywhere.ts";
import { CountedTarget, listenersOf } from "./counted.ts";

const boom = new RangeError("boom");
const drop = { maxBufferSize: 4, overflow: "dropOldest" } as const;

describe("eventStream()", () => {
  everywhere("gives the events of a target, from the call on, and leaves no listener", async () => {
    const target = new CountedTarget();
    await taskGroup(async () => {
      const stream = eventStream<Event>(target, "ping", drop);
      expect(target.live).toBe(1);
      for (let i = 0; i < 6; i++) target.dispatchEvent(new Event("ping"));
      target.dispatchEvent(new Event("pong"));
      expect(stream.statistics().currentBufferUsed).toBe(4);
      expect((await stream.receive()).type).toBe("ping");
      stream.close();
      expect(target.live).toBe(0);
    });
  });

  everywhere("gives what an emitter emits: a value, or several in an array", async () => {
    const emitter = new EventEmitter();
    const stream = eventStream<unknown>(emitter, "data", drop);
    emitter.emit("data", 1);
    emitter.emit("data", 2, "two");
    emitter.emit("data");
    expect([await stream.receive(), await stream.receive(), await stream.receive()]).toEqual([
      1,
      [2, "two"],
      undefined,
    ]);
    stream.close();
    expect(listenersOf(emitter)).toBe(0);
  });

  everywhere(`an emitter's "error" fails it, the end event ends it; either leaves no listener`, async () => {
    const failing = new EventEmitter();
    const one = eventStream(failing, "data", { ...drop, end: ["close", "finish"] });
    expect(listenersOf(failing)).toBe(4);
    failing.emit("data", 1);
    failing.emit("error", boom);
    expect(listenersOf(failing)).toBe(0);
    expect(await one.receive()).toBe(1);
    expect(await thrownBy(() => one.receive())).toBe(boom);
    const ending = new EventEmitter();
    const two = eventStream(ending, "data", { ...drop, end: "close" });
    ending.emit("close");
    expect(await thrownBy(() => two.receive())).toBeInstanceOf(EndOfStream);
    expect(listenersOf(ending)).toBe(0);
    const errors = new EventEmitter();
    const three = eventStream(errors, "error", drop);
    errors.emit("error", boom);
    expect(await three.receive()).toBe(boom);
    three.close();
    expect(listenersOf(errors)).toBe(0);
  });

  for (const [how, leave] of Object.entries({
    "the end of the scope": () => undefined,
    "an overflow": (emitter: EventEmitter) => {
      for (let i = 0; i < 6; i++) emitter.emit("data", i);
    },
    "a cancellation": async () => {
      await moveOnAfter(1, () => sleepForever());
    },
  })) {
    everywhere(`${how} leaves no listener`, async () => {
      const emitter = new EventEmitter();
      await new CancelScope().enter(async () => {
        eventStream(emitter, "data", { maxBufferSize: 4, overflow: "error" });
        expect(listenersOf(emitter)).toBe(2);
        await leave(emitter);
      });
      expect(listenersOf(emitter)).toBe(0);
    });
  }

  everywhere("a loop that is left, thrown out of or cancelled leaves none, once its scope has ended", async () => {
    const emitter = new EventEmitter();
    await moveOnAfter(LONG, async (scope) => {
      await taskGroup(async (tg) => {
        tg.startSoon(async () => {
          for await (const n of eventStream<number>(emitter, "data", drop)) if (n === 1) break;
        });
        tg.startSoon(async () => {
          for await (const _ of eventStream<number>(emitter, "data", drop));
        });
        await sleep(1);
        emitter.emit("data", 1);
        await sleep(1);
        expect(listenersOf(emitter)).toBe(2);
        scope.cancel();
      });
    });
    expect(listenersOf(emitter)).toBe(0);
  });

  it("refuses what emits nothing, and a missing overflow, before it listens", () => {
    const emitter = new EventEmitter();
    expectSentence(() => eventStream({} as never, "x", drop), TypeError);
    expectSentence(() => eventStream(null as never, "x", drop), TypeError);
    expectSentence(() => eventStream(emitter, 5 as never, drop), TypeError);
    expectSentence(() => eventStream(emitter, "x", undefined as never), TypeError);
    expectSentence(() => eventStream(emitter, "x", { overflow: "latest", maxBufferSize: 3 }), RangeError);
    expect(listenersOf(emitter)).toBe(0);
  });
});
