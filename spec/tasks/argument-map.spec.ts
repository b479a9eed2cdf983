import fc from "fast-check";
import { ArgumentMap } from "../../src/tasks/argument-map.ts";

/** The same, the slow way. */
class Model {
  private readonly entries: { readonly args: readonly unknown[]; readonly value: number }[] = [];

  private at(args: readonly unknown[]): number {
    return this.entries.findIndex(
      (entry) => entry.args.length === args.length && args.every((arg, i) => [arg].includes(entry.args[i])),
    );
  }

  get(args: readonly unknown[]): number | undefined {
    return this.entries[this.at(args)]?.value;
  }

  set(args: readonly unknown[], value: number): void {
    this.delete(args);
    this.entries.push({ args, value });
  }

  delete(args: readonly unknown[]): void {
    const at = this.at(args);
    if (at >= 0) this.entries.splice(at, 1);
  }
}

describe("ArgumentMap", () => {
  const object = {};
  const argument = fc.constantFrom<unknown>(1, "1", 0, -0, NaN, undefined, null, object);
  const step = fc.record({ what: fc.constantFrom("set", "delete", "get"), args: fc.array(argument, { maxLength: 3 }) });

  it("behaves as a list of entries does, whatever is done to it", () => {
    const outcome = fc.check(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const map = new ArgumentMap<number>();
        const model = new Model();
        steps.forEach(({ what, args }, i) => {
          if (what === "set") {
            map.set(args, i);
            model.set(args, i);
          } else if (what === "delete") {
            map.delete(args);
            model.delete(args);
          }
        });
        return steps.every(({ args }) => map.get(args) === model.get(args));
      }),
    );
    expect(outcome.failed).withContext(JSON.stringify(outcome.counterexample)).toBeFalse();
  });

  it("tells lists of different lengths apart", () => {
    const map = new ArgumentMap<string>();
    map.set([], "none");
    map.set([undefined], "one");
    map.set([undefined, undefined], "two");
    expect([map.get([]), map.get([undefined]), map.get([undefined, undefined])]).toEqual(["none", "one", "two"]);
    map.delete([undefined]);
    expect([map.get([]), map.get([undefined]), map.get([undefined, undefined])]).toEqual(["none", undefined, "two"]);
  });

  it("keeps nothing of what was deleted, and all of the rest", () => {
    const map = new ArgumentMap<number>();
    const keys = Array.from({ length: 100 }, (_, i) => [i % 10, {}, i]);
    keys.forEach((key, i) => map.set(key, i));
    map.set([1], -1);
    for (const key of keys) map.delete(key);
    expect(map.get([1])).toBe(-1);
    const { next } = (map as unknown as { root: { next: Map<unknown, { next: Map<unknown, unknown> }> } }).root;
    expect([...next.keys()]).toEqual([1]);
    expect(next.get(1)!.next.size).toBe(0);
  });
});
