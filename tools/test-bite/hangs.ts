/** A spec that no time limit of jasmine's reaches. */
describe("bite:", () => {
  it("hangs", () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
