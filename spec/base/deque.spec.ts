import fc from "fast-check";
import { Deque } from "../../src/base/deque.ts";
import { collected } from "../support/garbage.ts";

describe("Deque", () => {
  it("behaves as an array does, whatever is done to it", () => {
    const step = fc.record({ what: fc.constantFrom("push", "unshift", "shift"), item: fc.nat() });
    const outcome = fc.check(
      fc.property(fc.array(step, { maxLength: 2000, size: "max" }), (steps) => {
        const deque = new Deque<number>();
        const model: number[] = [];
        for (const { what, item } of steps) {
          if (what === "push") {
            model.push(item);
            deque.push(item);
          } else if (what === "unshift") {
            model.unshift(item);
            deque.unshift(item);
          } else if (deque.shift() !== model.shift()) return false;
          if (deque.length !== model.length) return false;
        }
        if ([...deque].some((item, at) => item !== model[at])) return false;
        return model.every((item) => deque.shift() === item);
      }),
    );
    expect(outcome.counterexample).toBeNull();
  });

  it("holds undefined as any other item", () => {
    const deque = new Deque<undefined>();
    deque.push(undefined);
    expect(deque.length).toBe(1);
    deque.shift();
    expect(deque.length).toBe(0);
  });

  it("lets go of what was taken, and of what it forgets", async () => {
    const deque = new Deque<object>();
    const held = Array.from({ length: 300 }, () => {
      const item = {};
      deque.push(item);
      return new WeakRef(item);
    });
    for (let i = 0; i < 200; i++) deque.shift();
    const alive = (): number => held.filter((ref) => ref.deref() !== undefined).length;
    await collected();
    expect(alive()).toBe(100);
    deque.clear();
    await collected();
    expect(alive()).toBe(0);
  });

  it("forgets everything on clear()", () => {
    const deque = new Deque<number>();
    for (let i = 0; i < 100; i++) deque.push(i);
    deque.clear();
    deque.push(7);
    expect([deque.length, deque.shift(), deque.shift()]).toEqual([1, 7, undefined]);
  });
});
