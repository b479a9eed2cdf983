import { countText, Totals } from "../../demo/count.ts";

describe("countText()", () => {
  it("counts bytes, lines and words", () => {
    const { bytes, lines, words } = countText("one two\n  thrée\n");
    expect({ bytes, lines, words }).toEqual({ bytes: 17, lines: 2, words: 3 });
  });

  it("counts a last line without a newline, and none in an empty text", () => {
    expect(["a", "a\n", "a\nb", "\n", ""].map((text) => countText(text).lines)).toEqual([1, 1, 2, 1, 0]);
  });

  it("counts identifiers, but not reserved words, nor what is in comments and strings", () => {
    const { names } = countText(`const a = b + "a 'b"; // a\n/* b\n a */ return a + \`b\${1}\` + 'it\\'s a' + $x1;`);
    expect(Object.fromEntries(names)).toEqual({ a: 2, b: 1, $x1: 1 });
  });
});

describe("Totals", () => {
  it("add up to the same in any order", () => {
    const files = ["b b a", "c a", "d e f"].map((text, i) => ({ path: String(i), ...countText(text) }));
    const bad = [
      { path: "z", unreadable: "ENOENT" },
      { path: "y", unreadable: "EACCES" },
    ];
    const sums = [...files, ...bad].map((_, shift, all) => {
      const totals = new Totals();
      for (let i = 0; i < all.length; i++) totals.add(all[(i + shift) % all.length]!);
      return totals.sums();
    });
    for (const one of sums) expect(one).toEqual(sums[0]!);
    expect(sums[0]?.unreadable).toEqual(["y (EACCES)", "z (ENOENT)"]);
    expect(sums[0]?.top).toEqual([
      ["a", 2],
      ["b", 2],
      ["c", 1],
      ["d", 1],
      ["e", 1],
    ]);
  });
});
