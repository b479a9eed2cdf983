import { delay } from "rxjs";
import { sleepForever } from "anyrx";
import { addMarbleMatchers, marbleIt, onBackends } from "anyrx/testing/jasmine";

beforeEach(addMarbleMatchers);

marbleIt("differs from its diagram", ({ cold, expectObservable }) => {
  expectObservable(cold("-a-b-|").pipe(delay(1))).toBe("--a-c-|");
});

it("does not emit as drawn", async () => {
  await expectAsync(({ cold }) => cold("-a|")).toEmitMarbles("--b|");
});

onBackends(["virtual"], (it) => {
  it("waits for ever", () => sleepForever());
});

it("comes after those, in real time", async () => {
  const start = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(Date.now() - start).toBeGreaterThan(14);
});
