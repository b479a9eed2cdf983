import { type Operation, createMemoryObjectStream, run, sleep, taskGroup } from "anyrx";
import { fromEffect, toEffect } from "anyrx/effect";
import { Context, Data, Effect, Exit, Stream } from "effect";
import { inTestTime } from "./test-clock.ts";

class Missing extends Data.TaggedError("Missing")<{ readonly cause: unknown }> {}
class Db extends Context.Service<Db, { readonly name: string }>()("spec/types/Db") {}

describe("The types of what goes there and back", () => {
  it("tell the value, and the failure that `catch` makes", async () => {
    const operation: Operation<number> = fromEffect(Effect.succeed(1));
    const untyped: Effect.Effect<number, unknown> = toEffect(operation);
    const typed: Effect.Effect<number, Missing> = toEffect(async () => 2, {
      catch: (cause) => new Missing({ cause }),
    });
    const generator: Effect.Effect<string, unknown> = toEffect(function* () {
      yield* sleep(1);
      return "done";
    });
    const group: Effect.Effect<number, unknown> = toEffect(() => taskGroup(() => 3));
    // @ts-expect-error: what is thrown may be anything.
    const wrong: Effect.Effect<number> = toEffect(operation);
    // @ts-expect-error: a function that takes arguments is not called with any.
    const arguments_ = () => toEffect((n: number) => n);
    // @ts-expect-error: a promise has begun already.
    const promise = () => toEffect(Promise.resolve(1));
    // @ts-expect-error: an operation is no effect.
    const noEffect = () => fromEffect(sleep(1));
    expect([typeof arguments_, typeof promise, typeof noEffect]).toEqual(["function", "function", "function"]);
    const all = Effect.all([untyped, typed, group, wrong, Effect.as(generator, 4)]);
    expect(await run(() => fromEffect(all), { backend: "virtual" })).toEqual([1, 2, 3, 1, 4]);
  });

  it("of yield* in Effect.gen: the value is the operation's, and there is no failure and no requirement", async () => {
    const program = Effect.gen(function* () {
      const nothing: undefined = yield* taskGroup(() => undefined);
      const count: number = yield* taskGroup(() => 5);
      const both: readonly [string, number] = [yield* fromEffect(Effect.succeed("theirs")), yield* Effect.succeed(6)];
      // @ts-expect-error: it is a number.
      const text: string = yield* taskGroup(() => 7);
      return [nothing, count, ...both, text] as const;
    });
    const closed: Effect.Effect<readonly [undefined, number, string, number, string]> = program;
    expect(await inTestTime(closed)).toEqual([undefined, 5, "theirs", 6, 7 as never]);
  });

  it("of an effect with requirements: an operation has no place for them", async () => {
    const operation: Operation<string> = fromEffect(Effect.map(Db, ({ name }) => name));
    const provided = Effect.provideService(toEffect(operation), Db, { name: "found" });
    expect(await Effect.runPromise(provided)).toBe("found");
  });

  it("of our streams in Stream", () =>
    inTestTime(
      Effect.gen(function* () {
        const [send, receive] = createMemoryObjectStream<number>(3);
        const items: Stream.Stream<number, Missing> = Stream.fromAsyncIterable(
          receive,
          (cause) => new Missing({ cause }),
        );
        yield* toEffect(send.send(1));
        send.close();
        expect(yield* Effect.exit(Stream.runCollect(items))).toEqual(Exit.succeed([1]));
      }),
    ));
});
