/**
 * The check of object streams: whether somebody's stream keeps its contract.
 *
 * @module
 */

import { checkedBody } from "../../kernel/checks.ts";
import type { Operation } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ObjectReceiveStream, ObjectSendStream } from "../../stream/contracts.ts";
import {
  type Clause,
  keepsAll,
  type StreamCheckOptions,
  type StreamMaker,
  type Subject,
  subjectOf,
} from "./clauses.ts";
import { type Goods, Traffic } from "./items.ts";
import { type ObjectClause, objectClauses } from "./object-clauses.ts";
import { objectClosingClauses } from "./object-closing-clauses.ts";
import { optionalClauses } from "./optional-clauses.ts";
import { randomClauses } from "./random-clause.ts";

/** Options of a check of object streams. */
export interface ObjectStreamCheckOptions<T> extends StreamCheckOptions {
  /** The item number `n` to send, another for each number: for streams that do not carry every value. Default: `n` itself. */
  readonly item?: ((n: number) => T) | undefined;
  /** Whether an item that was received is the one that was sent. Default: `Object.is`. */
  readonly equal?: ((received: T, sent: T) => boolean) | undefined;
}

/**
 * Checks whether an object stream keeps its contract, {@link ObjectSendStream} and {@link ObjectReceiveStream}: each item arrives once and in order, whatever
 * is cancelled; what closing means to either side. Clones and `…Nowait` twins are checked where there are any.
 *
 * Each clause gets a pair of its own, which is closed by force after it. The check ends at the first clause that is not kept. It runs on any backend; in
 * virtual time a stream that hangs costs no time.
 *
 * @param make - Gives a new pair, `[send, receive]`, each time: a function of any style.
 * @throws {TypeError} When the maker is no function, or gives no pair.
 * @throws {StreamContractError} When a clause is not kept. It says which, and what was seen.
 * @example
 * import { createMemoryObjectStream, run } from "anyrx";
 * import { checkObjectStream } from "anyrx/testing";
 * await run(() => checkObjectStream(() => createMemoryObjectStream<unknown>(3))); // => undefined
 * const strangers = () => [createMemoryObjectStream(1)[0], createMemoryObjectStream(1)[1]] as const;
 * await run(() => checkObjectStream(strangers), { backend: "virtual" }); // throws StreamContractError
 * @source The laws M1 to M10 and R1 to R5. AnyIO has no such check.
 */
export function checkObjectStream<T>(
  make: StreamMaker<ObjectSendStream<T>, ObjectReceiveStream<T>>,
  options?: ObjectStreamCheckOptions<T>,
): Operation<void> {
  const item = options?.item;
  const equal = options?.equal;
  if (item !== undefined) checkedBody("make the items to send", item, "(n) => String(n)");
  if (equal !== undefined) checkedBody("compare items", equal, "(received, sent) => received.id === sent.id");
  const subject = subjectOf(
    "the stream",
    make as StreamMaker<ObjectSendStream<unknown>, ObjectReceiveStream<unknown>>,
    options,
  );
  return checking(subject, {
    item: item ?? ((n) => n),
    equal: (equal as Goods["equal"] | undefined) ?? Object.is,
    any: item === undefined,
  });
}

const checking: (
  subject: Subject<ObjectSendStream<unknown>, ObjectReceiveStream<unknown>>,
  goods: Goods,
) => Operation<void> = /* @__PURE__ */ operation(function* checkObjectStream(
  subject: Subject<ObjectSendStream<unknown>, ObjectReceiveStream<unknown>>,
  goods: Goods,
) {
  for (const clauses of [objectClauses, objectClosingClauses, optionalClauses, randomClauses]) {
    const fit = clauses.filter(({ any }) => any !== true || goods.any);
    yield* keepsAll(
      subject,
      fit.map((clause) => over(clause, goods)),
    );
  }
});

function over(clause: ObjectClause, goods: Goods): Clause<ObjectSendStream<unknown>, ObjectReceiveStream<unknown>> {
  return { ...clause, check: (pair, probe) => clause.check(new Traffic(pair, probe, goods)) };
}
