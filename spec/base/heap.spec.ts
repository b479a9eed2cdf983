import fc from "fast-check";
import { Heap } from "../../src/base/heap.ts";

function drained(heap: Heap<number>): number[] {
  return Array.from({ length: heap.size }, () => heap.pop() as number);
}

describe("Heap", () => {
  it("gives its items back in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const item of items) heap.push(item);
        expect(drained(heap)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });

  it("keeps what a filter likes, still in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const item of items) heap.push(item);
        heap.filter((item) => item % 3 === 0);
        expect(drained(heap)).toEqual(items.filter((item) => item % 3 === 0).sort((a, b) => a - b));
      }),
    );
  });
});
