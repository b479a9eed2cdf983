import { debounceTime, map } from "rxjs";
import { sleep } from "anyrx";
import { addMarbleMatchers, marbleIt, onBackends } from "anyrx/testing/jasmine";

beforeEach(addMarbleMatchers);

describe("debounceTime()", () => {
  marbleIt("waits for silence", ({ cold, expectObservable }) => {
    expectObservable(cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
  });
});

describe("map()", () => {
  it("doubles", async () => {
    const doubled = ({ cold }) => cold("-a-b|", { a: 1, b: 2 }).pipe(map((n) => n * 2));
    await expectAsync(doubled).toEmitMarbles("-x-y|", { x: 2, y: 4 });
  });
});

describe("sleep()", () => {
  onBackends(["native", "rx", "virtual"], (it) => {
    it("ends", function* () {
      yield* sleep(1);
      expect(true).toBeTrue();
    });
  });
});
