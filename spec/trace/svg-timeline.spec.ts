import { createMemoryObjectStream, moveOnAfter, run, sleep, taskGroup } from "anyrx";
import { recordTrace, renderTimeline, type TraceData } from "../../src/testing/index.ts";
import { columnsOf } from "../../src/testing/trace/printable.ts";
import { crowd, pipeline, timeouts, traceOf } from "./programs.ts";
import { elementsOf, parseXml, textOf, tooltipOf, type XmlElement } from "./xml.ts";
import { mayWait } from "../support/real-time.ts";

function draw(trace: TraceData, width?: number): { root: XmlElement; all: XmlElement[]; svg: string } {
  const svg = renderTimeline(trace, { format: "svg", width });
  const root = parseXml(svg);
  return { root, all: [...elementsOf(root)], svg };
}

const num = (element: XmlElement, key: string): number => Number(element.attributes.get(key) ?? NaN);
const ofClass = (all: readonly XmlElement[], name: string): XmlElement[] =>
  all.filter((element) => element.attributes.get("class") === name);

/** Where each text lies, by the widest of the fonts that are asked for. */
function textBoxes(
  all: readonly XmlElement[],
): { text: string; left: number; right: number; top: number; bottom: number }[] {
  const sizes: Record<string, number> = { h: 12, n: 12, nc: 9, bl: 10, l: 9 };
  return all
    .filter(({ name }) => name === "text")
    .map((element) => {
      const text = textOf(element);
      const size = sizes[element.attributes.get("class") ?? ""] ?? 11;
      const width = columnsOf(text) * size * 0.61;
      const x = num(element, "x");
      const anchor = element.attributes.get("text-anchor") ?? "start";
      const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
      const y = num(element, "y");
      return { text, left, right: left + width, top: y - size * 0.75, bottom: y + size * 0.2 };
    })
    .filter(({ text }) => text !== "");
}

function overlaps(all: readonly XmlElement[]): string[] {
  const boxes = textBoxes(all).sort((a, b) => a.top - b.top);
  const found: string[] = [];
  for (const [i, a] of boxes.entries()) {
    for (let j = i + 1; j < boxes.length && boxes[j]!.top < a.bottom; j++) {
      const b = boxes[j]!;
      if (a.left < b.right && b.left < a.right) found.push(`"${a.text}" and "${b.text}"`);
    }
  }
  return found;
}

describe("renderTimeline() as SVG", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  it("is one element that needs nothing from outside", async () => {
    const { root, svg } = draw(await traceOf(pipeline));
    expect(root.name).toBe("svg");
    expect(root.attributes.get("xmlns")).toBe("http://www.w3.org/2000/svg");
    expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(
      /https?:|url\(|@import|@font-face|<script|href|\son\w+=/i,
    );
    expect(svg).toContain("@media(prefers-color-scheme:dark)");
  });

  it("reaches no further than itself with its style", async () => {
    const { all } = draw(await traceOf(pipeline));
    const style = textOf(all.find(({ name }) => name === "style")!);
    const rules = style.replace(/@media\([^)]*\)\{(.*?\})\}/g, "$1");
    for (const [, selector] of rules.matchAll(/(?:^|\})([^{}]+)\{/g))
      expect(selector).toMatch(/^\.anyrx-timeline( |$)/);
    const classes = new Set(all.flatMap((element) => (element.attributes.get("class") ?? "").split(" ")));
    for (const name of classes) if (name !== "") expect(style).toContain(`.${name}{`);
  });

  it("has a lane for each task, in the order of spawning", async () => {
    const names = ofClass(draw(await traceOf(timeouts)).all, "n");
    expect(names.map(textOf)).toEqual(["main", "quick", "fetcher", "writer", "ticker"]);
    const ys = names.map((element) => num(element, "y"));
    expect(ys).toEqual([...ys].sort((a, b) => a - b));
    expect(tooltipOf(names[1]!)).toBe("quick, spawned by main");
  });

  it("shades waits with what was waited for, in proportion to their time", async () => {
    const { all } = draw(await traceOf(timeouts));
    const sleeps = ofClass(all, "w0").filter((element) => tooltipOf(element) !== "");
    const told = sleeps.map((element) => tooltipOf(element).split("\n"));
    expect(told[0]).toEqual(["quick: 0 ms to 30 ms (30 ms)", "waits for sleep(30)"]);
    const perMs = sleeps.map((element, i) => num(element, "width") / Number(/\(([\d.]+) ms\)/.exec(told[i]![0]!)![1]));
    for (const one of perMs) expect(one).toBeCloseTo(perMs[0]!, 1);
    expect(ofClass(all, "l").map(textOf)).toContain("sleep(130)");
  });

  it("draws scopes as nested boxes, with deadlines and cancellations", async () => {
    const { all } = draw(await traceOf(timeouts));
    const boxes = ofClass(all, "b");
    expect(boxes.map((box) => tooltipOf(box).split("\n"))).toEqual([
      ['the scope "request" of main: 0 ms to 150 ms (150 ms)', "deadline at 200 ms"],
      ['the group "crew" of main: 0 ms to 150 ms (150 ms)', 'cancelled at 130 ms by "writer": RangeError: disk full'],
      [
        'the scope "fetch" of fetcher: 0 ms to 90 ms (90 ms)',
        "deadline at 90 ms",
        "cancelled at 90 ms: its deadline passed",
      ],
      ['the scope "cleanup" of fetcher: 130 ms to 150 ms (20 ms)', "deadline at 180 ms", "shielded"],
    ]);
    const [outer, inner] = boxes as [XmlElement, XmlElement];
    const bottom = (box: XmlElement): number => num(box, "y") + num(box, "height");
    expect(num(inner, "y")).toBeGreaterThan(num(outer, "y"));
    expect(bottom(inner)).toBeLessThan(bottom(outer));
    expect(ofClass(all, "bc").length).toBe(2);
    expect(ofClass(all, "bl").map(textOf)).toEqual([
      "request until 200 ms",
      "crew",
      "fetch until 90 ms",
      "cleanup until 180…",
    ]);
  });

  it("marks a deadline that has passed without effect, as in a body that never waits", async () => {
    const trace = await traceOf(() => moveOnAfter(8, () => sleep(6), { name: "busy" }));
    const events = trace.events.map((event) => (event.type === "left" ? { ...event, deadline: 3 } : event));
    const { all } = draw({ ...trace.toJSON(), events });
    expect(ofClass(all, "bl").map(textOf)).toEqual(["busy until 3 ms"]);
    const [box] = ofClass(all, "b");
    const [, x] = /^M([\d.]+) /.exec(ofClass(all, "dl")[0]!.attributes.get("d")!)!;
    expect(Number(x)).toBeCloseTo(num(box!, "x") + num(box!, "width") / 2, 0);
    expect(ofClass(draw(trace).all, "dl")).toEqual([]);
  });

  it("draws items as arrows from who sent to who received", async () => {
    const { all } = draw(await traceOf(pipeline));
    const arrows = all.filter((element) => element.name === "g" && tooltipOf(element).startsWith("item of"));
    expect(arrows.slice(0, 2).map((element) => tooltipOf(element).split("\n"))).toEqual([
      ['item of "jobs" from producer to worker: 1', "at 1 ms"],
      ['item of "jobs" from producer to worker: 2', "at 2 ms, received at 5 ms"],
    ]);
    expect(arrows.length).toBe(10);
    const d = (arrows[1]!.children[1] as XmlElement).attributes.get("d")!;
    const [, x1, y1, x2, y2] = /^M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)$/.exec(d)!.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeGreaterThan(y1);
  });

  it("underlines a cleanup, until the scope that was cancelled is left", async () => {
    const { all } = draw(
      await traceOf(() =>
        moveOnAfter(
          10,
          async () => {
            try {
              await sleep(50);
            } finally {
              await moveOnAfter(5, () => sleep(50), { shield: true, name: "brief" }); // Cancelled itself, and caught.
              await moveOnAfter(50, () => sleep(10), { shield: true, name: "long" });
            }
          },
          { name: "limit" },
        ).then(() => sleep(5)),
      ),
    );
    expect(ofClass(all, "u").map(tooltipOf)).toEqual(["main cleans up after its cancellation: 10 ms to 25 ms (15 ms)"]);
  });

  it("draws a task to its end, also when it has left a wait behind", async () => {
    const { all } = draw(
      await traceOf(() =>
        taskGroup(async (tg) => {
          tg.startSoon(
            async () => {
              void sleep(20).then(() => undefined);
              await sleep(5);
            },
            { name: "careless" },
          );
          await sleep(10);
        }),
      ),
    );
    const told = ofClass(all, "w0").map((element) => tooltipOf(element).split("\n"));
    expect(told.filter(([what]) => what?.startsWith("careless"))).toEqual([
      ["careless: 0 ms to 5 ms (5 ms)", "waits for sleep(20)", "waits for sleep(5)"],
    ]);
  });

  it("puts items together that would lie on each other, and loops those of a task to itself", async () => {
    const { all } = draw(
      await traceOf(async () => {
        const [send, receive] = createMemoryObjectStream<number>(20, { name: "loop" });
        for (let i = 0; i < 9; i++) await send.send(i);
        await sleep(5);
        for (let i = 0; i < 8; i++) await receive.receive();
      }),
    );
    const titles = all.map(tooltipOf).filter((title) => title.includes('of "loop"'));
    expect(titles).toEqual([
      '8 items of "loop" from main to main: 0, 1, 2, 3, 4, 5, …\nat 0 ms, received at 5 ms',
      'item of "loop" from main which nobody received: 8\nat 0 ms',
    ]);
  });

  for (const [name, main] of [
    ["a pipeline", pipeline],
    [
      "long names",
      () => taskGroup((tg) => tg.startSoon(() => sleep(1), { name: "a task whose name has a lot to say" })),
    ],
    ["timeouts", timeouts],
    ["a crowd", () => crowd(50, 8)],
    ["a large crowd", () => crowd(200, 8)],
  ] as const) {
    it(`has no labels that overlap, and none outside of the paper: ${name}`, async () => {
      for (const width of [320, 600, 1000, 3000]) {
        const { root, all } = draw(await traceOf(main), width);
        expect(overlaps(all)).withContext(`${width} px`).toEqual([]);
        const names = all.filter((element) => /^nc?$/.test(element.attributes.get("class") ?? "")).map(textOf);
        const zero = Number(/^M([\d.]+)/.exec(ofClass(all, "g")[0]!.attributes.get("d")!)![1]);
        for (const { text, right } of textBoxes(all))
          if (names.includes(text)) expect(right).withContext(text).toBeLessThanOrEqual(zero);
        for (const { text, left, right, bottom } of textBoxes(all)) {
          if (width < 1000) continue; // On a narrow paper a long line of the legend may be longer than that.
          expect(left).withContext(text).toBeGreaterThanOrEqual(0);
          expect(right).withContext(text).toBeLessThanOrEqual(width);
          expect(bottom).withContext(text).toBeLessThanOrEqual(num(root, "height"));
        }
      }
    });
  }

  it("escapes what others have named", async () => {
    const evil = `</svg><script>alert(1)</script> "'&amp;]]>\u0000\u001b[31m\ud800\u202e`;
    const trace = await traceOf(() =>
      moveOnAfter(
        5,
        () =>
          taskGroup(
            (tg) => {
              const [send, receive] = createMemoryObjectStream<string>(2, { name: evil });
              tg.startSoon(() => send.send(evil), { name: evil });
              tg.startSoon(() => receive.receive(), { name: evil });
              tg.startSoon(
                async () => {
                  await sleep(2);
                  throw new Error(evil);
                },
                { name: evil },
              );
            },
            { name: evil },
          ),
        { name: evil },
      ),
    );
    const { all, svg } = draw(trace);
    expect(svg).not.toMatch(/<script|<\/svg>./);
    expect(
      all.map(({ name }) => name).filter((name) => !/^(svg|style|rect|path|text|title|g|circle)$/.test(name)),
    ).toEqual([]);
    expect(ofClass(all, "n").map(textOf)[1]).toBe("</svg><script>alert(1)</scrip…");
  });

  it("stays small for many tasks and many events", async () => {
    const trace = await traceOf(() =>
      taskGroup((tg) => {
        for (let n = 0; n < 200; n++) {
          tg.startSoon(
            async () => {
              for (let i = 0; i < 8; i++) await moveOnAfter(10, () => sleep(1 + ((n * i) % 5)));
            },
            { name: `task ${n}` },
          );
        }
      }),
    );
    expect(trace.events.length).toBeGreaterThan(5000);
    const { root, svg } = draw(trace);
    expect(svg.length).toBeLessThan(1_200_000);
    expect(num(root, "height")).toBeLessThan(4000);
  });

  it("cuts out time in which nothing happens, and says how much", async () => {
    const { all } = draw(
      await traceOf(async () => {
        for (let i = 0; i < 5; i++) await sleep(2);
        await sleep(3_600_000);
        await sleep(2);
      }),
    );
    expect(all.map(tooltipOf)).toContain("1 h are not drawn to scale");
    const [short, long] = ofClass(all, "w0").filter((element) => /: (8|10) ms to/.test(tooltipOf(element)));
    expect(num(short!, "width")).toBeGreaterThan(100);
    expect(num(long!, "width")).toBe(30);
  });

  it("draws runs below each other, and an empty trace as such", async () => {
    using trace = recordTrace();
    expect(draw(trace).all.map(textOf)).toContain("Nothing was recorded.");
    await run(() => sleep(5), { backend: "virtual" });
    await run(() => 1, { backend: "virtual" });
    const headings = ofClass(draw(trace).all, "h");
    expect(headings.map(textOf)).toEqual(["1: run on virtual, 5 ms", "2: run on virtual, 0 ms"]);
    expect(num(headings[1]!, "y")).toBeGreaterThan(num(headings[0]!, "y") + 40);
  });
});
