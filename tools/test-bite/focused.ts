/** One spec of two: what was left by somebody who was looking for something. */
describe("bite:", () => {
  fit("focused", () => {
    expect().nothing();
  });
  it("left out", () => {
    expect().nothing();
  });
});
