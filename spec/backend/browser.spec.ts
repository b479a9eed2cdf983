import { mayWait } from "../support/real-time.ts";
import { resultInChromium } from "../support/in-chromium.ts";

describe("Frames of a real browser", () => {
  mayWait("a browser is a process");

  it("drive a run, attached and by animationFrameScheduler", async () => {
    const result = await resultInChromium(new URL("page.ts", import.meta.url));
    const laws = jasmine.stringMatching(/keeps all \d+ laws, in async, generator and observable style$/);
    const log = ["child", "async", "slept", "moved on"];
    expect(result).toEqual({ frames: log, rx: log, "frames, laws": laws, "rx, laws": laws });
  }, 60_000);
});
