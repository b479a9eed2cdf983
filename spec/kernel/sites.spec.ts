import {
  ClosedResourceError,
  createMemoryObjectStream,
  failAfter,
  run,
  setDevMode,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
  TimeoutError,
} from "anyrx";
import { placeAt } from "../../src/base/sites.ts";
import { locate } from "../../src/kernel/sites.ts";
import { thrownBy } from "../field/everywhere.ts";

const framesOf = (error: unknown): string[] =>
  ((error as Error).stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim());

describe("In development mode", () => {
  beforeEach(() => {
    setDevMode(true);
  });
  afterEach(() => {
    setDevMode(false);
  });

  it("an error of the library's own names the code that waited, below the code that made it fail", async () => {
    const [send, receive] = createMemoryObjectStream<number>(0);
    using _ = send;
    async function waiting(): Promise<void> {
      await receive.receive();
    }
    function closing(): void {
      receive.close();
    }
    const error = await thrownBy(() =>
      run(
        () =>
          taskGroup(async (tg) => {
            tg.startSoon(waiting);
            await sleep(1);
            closing();
          }),
        { backend: "virtual" },
      ),
    );
    const frames = framesOf((error as TaskGroupError).errors[0]);
    expect(frames[0]).toMatch(/^at closing \(.*sites\.spec\.ts/);
    expect(frames.find((frame) => frame.includes("waiting"))).toMatch(/^at async waiting \(.*sites\.spec\.ts/);
    expect(frames.some((frame) => frame.includes("/src/"))).toBeFalse();
    expect(framesOf(error)[0]).toMatch(/^at a task group \(.*sites\.spec\.ts:\d+:\d+\)$/);
  });

  it("names nothing twice: what is on the stack anyway, and what was told by a wait further in", () => {
    const operation = {};
    placeAt(operation, ["at waiting (/app/main.ts:5:9)"]);
    const inPlace = Object.defineProperty(new ClosedResourceError("read from", "it"), "stack", {
      value: "ClosedResourceError: …\n    at waiting (/app/main.ts:5:17)",
      writable: true,
    });
    locate(inPlace, operation);
    expect(framesOf(inPlace)).toEqual(["at waiting (/app/main.ts:5:17)"]);
    const late = Object.defineProperty(new ClosedResourceError("read from", "it"), "stack", {
      value: "ClosedResourceError: …",
      writable: true,
    });
    locate(late, operation);
    const outer = {};
    placeAt(outer, ["at outer (/app/main.ts:9:9)"]);
    locate(late, outer);
    expect(framesOf(late)).toEqual(["at waiting (/app/main.ts:5:9)"]);
  });

  it("leaves alone the errors of others, what is frozen, and what cannot be looked at", () => {
    const operation = {};
    placeAt(operation, ["at waiting (/app/main.ts:5:9)"]);
    const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
    revoke();
    const mine = new Error("mine");
    const { stack } = mine;
    const frozen = Object.freeze(new ClosedResourceError("read from", "it"));
    for (const error of [mine, frozen, proxy, undefined, "text"]) locate(error, operation);
    expect(mine.stack).toBe(stack);
    expect(frozen.stack).not.toContain("/app/main.ts");
  });
});

describe("Outside of development mode", () => {
  it("an error keeps the stack that it was made with", () => {
    const operation = {};
    placeAt(operation, ["at waiting (/app/main.ts:5:9)"]);
    const error = new ClosedResourceError("read from", "it");
    locate(error, operation);
    expect(error.stack).not.toContain("/app/main.ts");
  });
});

describe("A timeout", () => {
  async function waiting(): Promise<void> {
    await failAfter(5, () => sleepForever());
  }

  it("has no stack, which would be that of a timer", async () => {
    const error = (await thrownBy(() => run(waiting, { backend: "virtual" }))) as TimeoutError;
    expect(framesOf(error)).toEqual([]);
    expect(framesOf(error.cause)).toEqual([]);
    expect(framesOf(new TimeoutError(5))).not.toEqual([]); // Nobody else's is touched.
  });

  it("names the code that waited, in development mode", async () => {
    setDevMode(true);
    try {
      const error = await thrownBy(() => run(waiting, { backend: "virtual" }));
      expect(framesOf(error)[0]).toContain("waiting");
    } finally {
      setDevMode(false);
    }
  });

  it("shows with its cancellation what is for people, and nothing else", async () => {
    const error = (await thrownBy(() => run(waiting, { backend: "virtual" }))) as TimeoutError;
    expect(Object.keys(error.cause as object).sort()).toEqual(["reason", "source", "task"]);
  });
});
