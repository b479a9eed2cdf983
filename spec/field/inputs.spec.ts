import {
  abortable,
  acloseForcefully,
  CancelScope,
  ContextVar,
  createMemoryObjectStream,
  failAfter,
  failAt,
  moveOnAfter,
  moveOnAt,
  operation,
  run,
  rxBackend,
  sleep,
  sleepUntil,
  taskGroup,
  UnsupportedError,
  UsageError,
} from "anyrx";
import { of } from "rxjs";
import { expectSentence, thrownBy, turns } from "./everywhere.ts";

/** A value that its type forbids. */
const bad = (value: unknown): never => value as never;

/** What `work` throws, now or later, is one sentence. */
async function expectSentenceLater(work: () => unknown, type: abstract new (...args: never[]) => Error): Promise<void> {
  const error = await thrownBy(work);
  expectSentence(() => {
    throw error;
  }, type);
}

describe("field: bad input", () => {
  const delays: unknown[] = [-1, NaN, -Infinity, "5", null, {}, [], 5n, Symbol("five"), new Date(), () => 5];
  it("delays: sleep, moveOnAfter, failAfter, with a body and as operators", () => {
    for (const delay of delays) {
      expectSentence(() => sleep(bad(delay)), RangeError);
      expectSentence(() => moveOnAfter(bad(delay), () => 1), RangeError);
      expectSentence(() => failAfter(bad(delay), () => 1), RangeError);
      expectSentence(() => moveOnAfter(bad(delay)), RangeError);
      expectSentence(() => failAfter(bad(delay)), RangeError);
    }
    expectSentence(() => sleep(bad(undefined)), RangeError);
  });

  it("deadlines: NaN and what is no number", () => {
    for (const deadline of [NaN, "5", null, {}, 5n, new Date()]) {
      expectSentence(() => sleepUntil(bad(deadline)), RangeError);
      expectSentence(() => moveOnAt(bad(deadline), () => 1), RangeError);
      expectSentence(() => failAt(bad(deadline), () => 1), RangeError);
      expectSentence(() => new CancelScope({ deadline: bad(deadline) }), RangeError);
      expectSentence(() => {
        new CancelScope().deadline = bad(deadline);
      }, RangeError);
    }
  });

  const bodies: unknown[] = [
    undefined,
    null,
    5,
    "fn",
    {},
    Promise.resolve(1),
    of(1),
    sleep(1),
    Symbol("x"),
    Object.create(null),
  ];
  it("bodies: taskGroup, operation, abortable, run, enter, moveOnAfter, failAt", () => {
    for (const body of bodies) {
      expectSentence(() => taskGroup(bad(body)), TypeError);
      expectSentence(() => operation(bad(body)), TypeError);
      expectSentence(() => abortable(bad(body)), TypeError);
      expectSentence(() => run(bad(body)), TypeError);
      expectSentence(() => new CancelScope().enter(bad(body)), TypeError);
      expectSentence(() => moveOnAfter(1, bad(body)), TypeError);
      expectSentence(() => failAt(1, bad(body)), TypeError);
    }
  });

  it("bodies: startSoon and start refuse at the call, and the group goes on", async () => {
    let ran = false;
    await taskGroup((tg) => {
      for (const body of bodies) {
        expectSentence(() => tg.startSoon(bad(body)), TypeError);
        expectSentence(() => tg.start(bad(body)), TypeError);
      }
      tg.startSoon(() => void (ran = true));
    });
    expect(ran).toBeTrue();
  });

  it("sizes of a stream", () => {
    for (const size of [1.5, -1, NaN, -Infinity]) expectSentence(() => createMemoryObjectStream(size), RangeError);
    for (const size of ["3", null, {}, 3n]) expectSentence(() => createMemoryObjectStream(bad(size)), TypeError);
    expect(createMemoryObjectStream(Infinity)[0].statistics().maxBufferSize).toBe(Infinity);
    expect(createMemoryObjectStream()[0].statistics().maxBufferSize).toBe(0);
  });

  it("backends and context modes, with what there is instead", () => {
    for (const backend of ["trio", "", "toString", "__proto__", 5, {}, () => undefined]) {
      expectSentence(() => run(() => 1, { backend: bad(backend) }), UnsupportedError);
    }
    expect(() => run(() => 1, { backend: bad("trio") })).toThrowError(/"native".*"rx".*"virtual"/);
    expectSentence(() => run(() => 1, { context: bad("magic") }), TypeError);
  });

  it("an async generator is no body", async () => {
    const error = await thrownBy(() =>
      run(async function* () {
        yield 1;
      }),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^Cannot run an async generator/);
  });

  it("a generator task that yields a promise, a value or an operation without the star is told", async () => {
    for (const value of [Promise.resolve(1), 5, undefined, sleep(1)]) {
      const error = await thrownBy(() =>
        run(function* () {
          yield value as never;
        }),
      );
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/^Cannot .+: .+; .+/);
    }
  });

  it("yield* outside of any task of ours is told", () => {
    function* lost() {
      yield* sleep(1);
    }
    expect(() => lost().next()).toThrowError(UsageError, /^Cannot yield\* sleep\(1\) here/);
  });

  it("a context variable without a value, and a token of another", async () => {
    const [a, b] = [new ContextVar<number>("a"), new ContextVar<number>("b")];
    await run(() => {
      expectSentence(() => a.get(), UsageError);
      expectSentence(() => b.reset(a.set(1)), UsageError);
    });
  });
});

describe("field: bad input, mended", () => {
  it("run(main, { signal }) with something that is no signal: refused at the call", async () => {
    for (const signal of [5, "abort", {}, new AbortController()]) {
      expectSentence(() => void run(() => 1, { signal: bad(signal) }).catch(() => undefined), TypeError);
    }
    await turns(1);
  });

  it("CancelScope.from with something that is no signal: refused at the call", () => {
    for (const signal of [undefined, null, 5, {}, new AbortController()]) {
      expectSentence(() => CancelScope.from(bad(signal)), TypeError);
    }
  });

  it("op.in with something that is no scope: refused at the call", () => {
    for (const scope of [undefined, null, 5, {}]) expectSentence(() => sleep(1).in(bad(scope)), TypeError);
  });

  it("op.in(scope) with a scope that was never entered says so", async () => {
    await expectSentenceLater(() => sleep(1).in(new CancelScope()), UsageError);
  });

  it("acloseForcefully with something that cannot be closed: refused at the call", () => {
    for (const resource of [undefined, null, 5, {}]) expectSentence(() => acloseForcefully(bad(resource)), TypeError);
  });

  it("rxBackend with something that is no scheduler: refused at the call", () => {
    for (const scheduler of [null, 5, {}]) expectSentence(() => rxBackend(bad(scheduler)), TypeError);
  });

  it("a shield that is no boolean: refused (Trio)", () => {
    expectSentence(() => {
      new CancelScope().shield = bad("yes");
    }, TypeError);
    expectSentence(() => new CancelScope({ shield: bad("yes") }), TypeError);
  });

  it("run(main, null): refused in one sentence, or taken as no options", async () => {
    const error = await (async () => run(() => 1, bad(null)))().then(
      () => null,
      (e: unknown) => e,
    );
    if (error !== null) expect((error as Error).message).toMatch(/^Cannot .+: .+; .+[^.]$/);
    else expect(error).toBeNull();
  });
});
