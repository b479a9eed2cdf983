/**
 * Checks of byte streams: whether somebody's stream keeps its contract.
 *
 * @module
 */

import type { Operation, OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ByteReceiveStream, ByteSendStream, ByteStream } from "../../stream/contracts.ts";
import { byteClauses } from "./byte-clauses.ts";
import { keepsAll, type StreamCheckOptions, type StreamMaker, type Subject, subjectOf } from "./clauses.ts";
import { cloggedClauses } from "./clogged-clauses.ts";
import { closingClauses } from "./closing-clauses.ts";
import {
  cloggedHalfCloseClauses,
  halfCloseClauses,
  halfCloseMembers,
  twoWayClauses,
  twoWayMembers,
} from "./two-way-clauses.ts";

/** What one check is about. */
interface Subjects<S, R> {
  readonly open: Subject<S, R>;
  readonly clogged: Subject<S, R> | null;
}

/**
 * Checks whether a one-way byte stream keeps its contract, {@link ByteSendStream} and {@link ByteReceiveStream}: what is sent arrives as it is, a receiver
 * that is cancelled loses nothing, one task at a time, what closing means to either side.
 *
 * Each clause gets a pair of its own, which is closed by force after it. The check ends at the first clause that is not kept. It runs on any backend; in
 * virtual time a stream that hangs costs no time.
 *
 * @param make - Gives a new pair, `[send, receive]`, each time: a function of any style.
 * @param clogged - The same, but `send()` waits on these until something is received; for what is promised of a sender that waits. Default: not checked.
 * @throws {TypeError} When a maker is no function, or gives no pair.
 * @throws {StreamContractError} When a clause is not kept. It says which, and what was seen.
 * @example
 * import { run } from "anyrx";
 * import { checkOneWayByteStream, lockstepStreamOneWayPair, MemoryReceiveStream, MemorySendStream } from "anyrx/testing";
 * await run(() => checkOneWayByteStream(lockstepStreamOneWayPair, lockstepStreamOneWayPair)); // => undefined
 * const unconnected = () => [new MemorySendStream(), new MemoryReceiveStream()] as const;
 * await run(() => checkOneWayByteStream(unconnected), { backend: "virtual" }); // throws StreamContractError
 * @source Trio `check_one_way_stream`.
 */
export function checkOneWayByteStream<S extends ByteSendStream, R extends ByteReceiveStream>(
  make: StreamMaker<S, R>,
  clogged?: StreamMaker<S, R> | null,
  options?: StreamCheckOptions,
): Operation<void> {
  return checking(oneWay, subjects(make, clogged, options));
}

/**
 * Checks whether a byte stream keeps its contract, {@link ByteStream}, but for `sendEof()`: all that {@link checkOneWayByteStream} checks, from either end,
 * and both directions at once.
 *
 * @param make - Gives the two ends of a new stream each time: a function of any style.
 * @param clogged - The same, but `send()` waits on these until something is received. Default: not checked.
 * @throws {TypeError} When a maker is no function, or gives no pair.
 * @throws {StreamContractError} When a clause is not kept.
 * @example
 * import { run } from "anyrx";
 * import { checkTwoWayByteStream, lockstepStreamPair } from "anyrx/testing";
 * await run(() => checkTwoWayByteStream(lockstepStreamPair, lockstepStreamPair)); // => undefined
 * @source Trio `check_two_way_stream`.
 */
export function checkTwoWayByteStream<A extends ByteStream, B extends ByteStream>(
  make: StreamMaker<A, B>,
  clogged?: StreamMaker<A, B> | null,
  options?: StreamCheckOptions,
): Operation<void> {
  return checking(twoWay, subjects(make, clogged, options));
}

/**
 * Checks whether a byte stream keeps all of its contract, {@link ByteStream}: what {@link checkTwoWayByteStream} checks, and `sendEof()`.
 *
 * @param make - Gives the two ends of a new stream each time: a function of any style.
 * @param clogged - The same, but `send()` waits on these until something is received. Default: not checked.
 * @throws {TypeError} When a maker is no function, or gives no pair.
 * @throws {StreamContractError} When a clause is not kept.
 * @example
 * import { run } from "anyrx";
 * import { checkHalfCloseableByteStream, memoryStreamPair } from "anyrx/testing";
 * await run(() => checkHalfCloseableByteStream(memoryStreamPair)); // => undefined
 * @source Trio `check_half_closeable_stream`.
 */
export function checkHalfCloseableByteStream<A extends ByteStream, B extends ByteStream>(
  make: StreamMaker<A, B>,
  clogged?: StreamMaker<A, B> | null,
  options?: StreamCheckOptions,
): Operation<void> {
  return checking(halfCloseable, subjects(make, clogged, options));
}

const checking: <A>(steps: (subjects: A) => OperationGenerator<void>, subjects: A) => Operation<void> =
  /* @__PURE__ */ operation(function* checkStream<A>(steps: (subjects: A) => OperationGenerator<void>, subjects: A) {
    yield* steps(subjects);
  });

function* oneWay<S extends ByteSendStream, R extends ByteReceiveStream>({
  open,
  clogged,
}: Subjects<S, R>): OperationGenerator<void> {
  yield* keepsAll(open, byteClauses);
  yield* keepsAll(open, closingClauses);
  if (clogged !== null) yield* keepsAll(clogged, cloggedClauses);
}

function* twoWay<A extends ByteStream, B extends ByteStream>(both: Subjects<A, B>): OperationGenerator<void> {
  yield* keepsAll(both.open, twoWayMembers);
  yield* oneWay(turned(both, "there", (pair) => pair));
  yield* oneWay(turned(both, "back", ([first, second]) => [second, first] as const));
  yield* keepsAll(both.open, twoWayClauses);
}

function* halfCloseable<A extends ByteStream, B extends ByteStream>(both: Subjects<A, B>): OperationGenerator<void> {
  yield* keepsAll(both.open, halfCloseMembers);
  yield* twoWay(both);
  yield* keepsAll(both.open, halfCloseClauses);
  if (both.clogged !== null) yield* keepsAll(both.clogged, cloggedHalfCloseClauses);
}

function subjects<S, R>(
  make: StreamMaker<S, R>,
  clogged: StreamMaker<S, R> | null | undefined,
  options: StreamCheckOptions | undefined,
): Subjects<S, R> {
  return {
    open: subjectOf("the stream", make, options),
    clogged: clogged == null ? null : subjectOf("the clogged stream", clogged, options),
  };
}

/** The same pairs, seen in one of the two directions. */
function turned<A, B, S, R>(
  both: Subjects<A, B>,
  way: "there" | "back",
  turn: (pair: readonly [A, B]) => readonly [S, R],
): Subjects<S, R> {
  const seen = ({ title, make, limit }: Subject<A, B>): Subject<S, R> => ({
    title: `${title} (from its ${way === "there" ? "first end to its second" : "second end to its first"})`,
    limit,
    make: operation(function* (): OperationGenerator<readonly [S, R]> {
      return turn(yield* operation(make)());
    }),
  });
  return { open: seen(both.open), clogged: both.clogged === null ? null : seen(both.clogged) };
}
