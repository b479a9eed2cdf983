/**
 * Toy byte streams: written by a stranger, from what anyrx has for everybody, and right; or with one defect, for the checks to find.
 *
 * @module
 */

import {
  BaseReceiveStream,
  BrokenResourceError,
  type ByteReceiveStream,
  type ByteSendStream,
  CancelScope,
  checkpoint,
  ClosedResourceError,
  EndOfStream,
  Event,
  isClosedResourceError,
  isEndOfStream,
  type Operation,
  operation,
  type OperationGenerator,
  ResourceGuard,
  StapledByteStream,
  TypedAttributeProvider,
} from "anyrx";

/** What may be wrong with a toy byte stream; `""` is nothing. */
export type ByteDefect =
  | ""
  | "has no loop"
  | "gives something for a send"
  | "reverses a piece"
  | "drops the rest of a piece"
  | "puts pieces in front"
  | "gives an empty piece"
  | "takes an empty array for the end"
  | "sends the whole buffer of a view"
  | "keeps the array of the sender"
  | "copies by slice()"
  | "gives more than was asked for"
  | "takes any size"
  | "allows two receivers"
  | "refuses the first receiver, too"
  | "send() is no checkpoint"
  | "receive() is no checkpoint"
  | "receives in a cancelled scope"
  | "sends in a cancelled scope"
  | "shields its receive()"
  | "keeps a cancelled receiver busy"
  | "loses bytes when it is cancelled"
  | "forgets that the receive end is closed"
  | "forgets that the send end is closed"
  | "lets an empty send() through when closed"
  | "throws when it is closed again"
  | "never breaks"
  | "breaks once"
  | "tells Broken where it is Closed"
  | "drops what is left when it is closed"
  | "ends with an empty piece"
  | "ends once"
  | "does not wake the receiver when the sender closes"
  | "does not wake the receiver when that closes"
  | "ends a loop that is closed"
  | "throws the end out of a loop"
  | "completes a subscription that is closed"
  | "loses what a subscriber leaves behind"
  | "closes when it has time"
  | "cannot be closed after a cancel"
  | "allows two senders"
  | "lets a second sender end the first"
  | "does not wake the sender when the receiver takes"
  | "does not wake the sender when that closes"
  | "does not break the sender that waits"
  | "shields its send()";

/** What the two ends share. */
class Pipe {
  pieces: Uint8Array[] = [];
  sendClosed = false;
  receiveClosed = false;
  toldBroken = false;
  toldEnd = false;
  stuck = false;
  readonly sending: ResourceGuard = new ResourceGuard("sending to");
  readonly receiving: ResourceGuard = new ResourceGuard("receiving from");
  capacity: number;
  readonly defect: ByteDefect;
  private changed = new Event();

  constructor(capacity: number, defect: ByteDefect) {
    this.capacity = capacity;
    this.defect = defect;
  }

  get room(): number {
    return this.capacity - this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** Lets everybody look again. */
  change(): void {
    const { changed } = this;
    this.changed = new Event();
    changed.set();
  }

  next(): Operation<void> {
    return this.changed.wait();
  }
}

/** The send end of a toy. */
export class ToySender extends TypedAttributeProvider implements ByteSendStream {
  readonly toy: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.toy = pipe;
  }

  send(item: Uint8Array): Operation<void> {
    return sending(this.toy, item) as Operation<void>;
  }

  aclose(): Operation<void> {
    return closingSend(this.toy);
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

const sending = operation(function* (pipe: Pipe, item: Uint8Array): OperationGenerator<unknown> {
  const { defect } = pipe;
  if (defect === "sends in a cancelled scope" || defect === "send() is no checkpoint") {
    if (pipe.room > 0 && !pipe.sendClosed && !pipe.receiveClosed) {
      yield* offer(pipe, item);
      if (defect === "sends in a cancelled scope") yield* new CancelScope({ shield: true }).enter(() => checkpoint());
      return undefined;
    }
  }
  if (defect === "shields its send()") {
    yield* checkpoint();
    yield* new CancelScope({ shield: true }).enter(() => guarded(pipe, item));
  } else yield* guarded(pipe, item);
  return defect === "gives something for a send" ? item.length : undefined;
});

function* guarded(pipe: Pipe, item: Uint8Array): OperationGenerator<void> {
  const lease = pipe.defect === "allows two senders" ? null : enter(pipe);
  try {
    yield* checkpoint();
    if (pipe.defect === "takes an empty array for the end" && item.length === 0) pipe.sendClosed = true;
    else if (pipe.defect === "lets an empty send() through when closed" && item.length === 0) return;
    else yield* offer(pipe, item);
  } finally {
    lease?.[Symbol.dispose]();
  }
}

function enter(pipe: Pipe): Disposable {
  try {
    return pipe.sending.enter();
  } catch (error) {
    if (pipe.defect === "lets a second sender end the first") {
      pipe.capacity = Infinity;
      pipe.change();
    }
    throw error;
  }
}

/** Puts `item` in, piece by piece, as there is room. */
function* offer(pipe: Pipe, item: Uint8Array): OperationGenerator<void> {
  const { defect } = pipe;
  let rest = copy(pipe, item);
  for (;;) {
    checkSend(pipe);
    const room = Math.max(0, pipe.room);
    const piece = rest.subarray(0, room);
    if (piece.length > 0 || defect === "gives an empty piece") {
      if (defect === "puts pieces in front") pipe.pieces.unshift(piece);
      else pipe.pieces.push(piece);
    }
    rest = rest.subarray(room);
    if (defect !== "does not wake the receiver when the sender closes" || piece.length > 0) pipe.change();
    if (rest.length === 0) return;
    do {
      yield* pipe.next();
      if (defect === "does not wake the sender when that closes" && pipe.sendClosed) yield* new Event().wait();
      if (defect === "does not break the sender that waits" && pipe.receiveClosed) yield* new Event().wait();
      checkSend(pipe);
    } while (pipe.room <= 0 || defect === "does not wake the sender when the receiver takes");
  }
}

function copy({ defect }: Pipe, item: Uint8Array): Uint8Array {
  if (defect === "keeps the array of the sender") return item;
  if (defect === "copies by slice()") return item.slice();
  if (defect === "sends the whole buffer of a view") return new Uint8Array(item.buffer.slice(0));
  const bytes = new Uint8Array(item);
  return defect === "reverses a piece" ? bytes.reverse() : bytes;
}

function checkSend(pipe: Pipe): void {
  const { defect } = pipe;
  const closed = pipe.sendClosed && defect !== "forgets that the send end is closed";
  if (closed && !(defect === "tells Broken where it is Closed" && pipe.receiveClosed))
    throw new ClosedResourceError("send to", "the toy");
  if (!pipe.receiveClosed || defect === "never breaks" || (defect === "breaks once" && pipe.toldBroken)) {
    if (pipe.receiveClosed) pipe.pieces = [];
    return;
  }
  pipe.toldBroken = true;
  throw new BrokenResourceError("send to", "the toy", "the other end is closed");
}

const closingSend = operation(function* (pipe: Pipe) {
  yield* beforeClosing(pipe, pipe.sendClosed);
  pipe.sendClosed = true;
  if (pipe.defect === "drops what is left when it is closed") pipe.pieces = [];
  if (pipe.defect !== "does not wake the receiver when the sender closes") pipe.change();
  yield* checkpoint();
});

function* beforeClosing(pipe: Pipe, again: boolean): OperationGenerator<void> {
  if (pipe.defect === "closes when it has time") yield* checkpoint();
  if (pipe.defect === "throws when it is closed again" && again) throw new ClosedResourceError("close", "the toy");
  if (pipe.defect === "cannot be closed after a cancel" && pipe.stuck) throw new Error("half done");
}

/** The receive end of a toy. */
export class ToyReceiver extends BaseReceiveStream<Uint8Array> implements ByteReceiveStream {
  readonly toy: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.toy = pipe;
    const { defect } = pipe;
    if (defect === "has no loop") Object.assign(this, { [Symbol.asyncIterator]: undefined });
    if (defect === "ends a loop that is closed" || defect === "throws the end out of a loop")
      Object.assign(this, { [Symbol.asyncIterator]: () => loop(this, defect) });
    if (defect === "completes a subscription that is closed" || defect === "loses what a subscriber leaves behind")
      Object.assign(this, { subscribe: subscriber(this, defect) });
  }

  override receive(maxBytes = 65_536): Operation<Uint8Array> {
    if (this.toy.defect !== "takes any size" && !(Number.isInteger(maxBytes) && maxBytes > 0))
      throw new RangeError(`not a size: ${maxBytes}`);
    return receiving(this.toy, maxBytes > 0 ? maxBytes : 1);
  }

  override aclose(): Operation<void> {
    return closingReceive(this.toy);
  }
}

const receiving = operation(function* (pipe: Pipe, maxBytes: number): OperationGenerator<Uint8Array> {
  const { defect } = pipe;
  if (pipe.pieces.length > 0 && !pipe.receiveClosed) {
    if (defect === "receive() is no checkpoint") return take(pipe, maxBytes);
    if (defect === "receives in a cancelled scope") {
      const piece = take(pipe, maxBytes);
      yield* checkpoint();
      return piece;
    }
  }
  if (defect === "shields its receive()") {
    yield* checkpoint();
    return (yield* new CancelScope({ shield: true }).enter(() => alone(pipe, maxBytes))) as Uint8Array;
  }
  return yield* alone(pipe, maxBytes);
});

function* alone(pipe: Pipe, maxBytes: number): OperationGenerator<Uint8Array> {
  const { defect } = pipe;
  let lease: Disposable | null = null;
  if (defect !== "allows two receivers") {
    try {
      lease = pipe.receiving.enter();
    } catch (error) {
      if (defect === "refuses the first receiver, too") {
        pipe.sendClosed = true;
        pipe.change();
      }
      throw error;
    }
  }
  let whole = false;
  try {
    yield* checkpoint();
    const piece = yield* wait(pipe, maxBytes);
    if (defect === "loses bytes when it is cancelled") yield* checkpoint();
    whole = true;
    return piece;
  } catch (error) {
    whole = isEndOfStream(error) || isClosedResourceError(error);
    throw error;
  } finally {
    pipe.stuck ||= !whole;
    if (whole || defect !== "keeps a cancelled receiver busy") lease?.[Symbol.dispose]();
  }
}

function* wait(pipe: Pipe, maxBytes: number): OperationGenerator<Uint8Array> {
  const { defect } = pipe;
  for (;;) {
    if (pipe.receiveClosed && defect !== "forgets that the receive end is closed")
      throw new ClosedResourceError("receive from", "the toy");
    if (pipe.pieces.length > 0) return take(pipe, maxBytes);
    if (pipe.sendClosed || pipe.receiveClosed) {
      if (defect === "ends with an empty piece") return new Uint8Array();
      if (defect === "ends once" && pipe.toldEnd) yield* new Event().wait();
      pipe.toldEnd = true;
      throw new EndOfStream("the toy");
    }
    yield* pipe.next();
  }
}

function take(pipe: Pipe, maxBytes: number): Uint8Array {
  const piece = pipe.pieces.shift() as Uint8Array;
  const size = pipe.defect === "gives more than was asked for" ? piece.length : Math.min(piece.length, maxBytes);
  if (size < piece.length && pipe.defect !== "drops the rest of a piece") pipe.pieces.unshift(piece.subarray(size));
  pipe.change();
  return piece.subarray(0, size);
}

const closingReceive = operation(function* (pipe: Pipe) {
  yield* beforeClosing(pipe, pipe.receiveClosed);
  pipe.receiveClosed = true;
  if (pipe.defect !== "does not wake the receiver when that closes") pipe.change();
  yield* checkpoint();
});

async function* loop(stream: ToyReceiver, defect: ByteDefect): AsyncGenerator<Uint8Array> {
  for (;;) {
    let piece: Uint8Array;
    try {
      piece = await stream.receive();
    } catch (error) {
      const ends = isEndOfStream(error) ? defect !== "throws the end out of a loop" : isClosedResourceError(error);
      if (ends) return;
      throw error;
    }
    yield piece;
  }
}

function subscriber(stream: ToyReceiver, defect: ByteDefect): ToyReceiver["subscribe"] {
  return ((observer: { next(piece: Uint8Array): void; error(error: unknown): void; complete(): void }) => {
    let left = false;
    const steps = operation(function* () {
      try {
        for (;;) {
          const piece = yield* stream.receive();
          if (left && defect === "loses what a subscriber leaves behind") continue;
          observer.next(piece);
        }
      } catch (error) {
        if (
          isEndOfStream(error) ||
          (isClosedResourceError(error) && defect === "completes a subscription that is closed")
        )
          observer.complete();
        else observer.error(error);
      }
    });
    const running = steps().subscribe();
    return {
      unsubscribe: () => {
        left = true;
        if (defect !== "loses what a subscriber leaves behind") running.unsubscribe();
      },
    };
  }) as never;
}

/** A pair of toys. `capacity` is how many bytes they hold; 0 is clogged from the start, so that it needs a receiver to go on at all. */
export function toyPair(defect: ByteDefect = "", capacity: number = 1 << 20): [ToySender, ToyReceiver] {
  const pipe = new Pipe(capacity, defect);
  return [new ToySender(pipe), new ToyReceiver(pipe)];
}

/** A clogged pair: it holds one byte, so a longer send waits. */
export function cloggedToys(defect: ByteDefect = ""): [ToySender, ToyReceiver] {
  return toyPair(defect, 1);
}

/** What may be wrong with toys that are stapled. */
export type StapleDefect =
  | ""
  | "has no sendEof()"
  | "closes one direction only"
  | "has one guard for both directions"
  | "sendEof() closes both directions"
  | "sendEof() ends nothing"
  | "sends after sendEof()"
  | "throws at a second sendEof()"
  | "sendEof() while it sends";

/** A toy that goes both ways, and refuses `sendEof()` while it sends. */
export class ToyStaple extends StapledByteStream<ToySender, ToyReceiver> {
  readonly defect: StapleDefect;
  private eof = false;

  constructor(send: ToySender, receive: ToyReceiver, defect: StapleDefect) {
    super(send, receive);
    this.defect = defect;
    if (defect === "has no sendEof()") Object.assign(this, { sendEof: undefined });
  }

  override send(item: Uint8Array): Operation<void> {
    if (this.defect === "sends after sendEof()" && this.eof) return checkpoint();
    return super.send(item);
  }

  override receive(maxBytes?: number): Operation<Uint8Array> {
    if (this.defect !== "has one guard for both directions") return super.receive(maxBytes);
    return this.sendStream.toy.sending.hold(() => super.receive(maxBytes));
  }

  override sendEof(): Operation<void> {
    const again = this.eof;
    this.eof = true;
    if (again && this.defect === "throws at a second sendEof()") throw new ClosedResourceError("end", "the toy");
    if (this.defect === "sendEof() ends nothing") return checkpoint();
    if (this.defect === "sendEof() closes both directions") return super.aclose();
    if (this.defect === "sendEof() while it sends") return super.sendEof();
    return this.sendStream.toy.sending.hold(() => super.sendEof());
  }

  override aclose(): Operation<void> {
    return this.defect === "closes one direction only" ? this.receiveStream.aclose() : super.aclose();
  }
}

/** Two ends of a toy that goes both ways. */
export function toyStaples(defect: StapleDefect = "", capacity: number = 1 << 20): [ToyStaple, ToyStaple] {
  const [there, here] = [toyPair("", capacity), toyPair("", capacity)];
  return [new ToyStaple(there[0], here[1], defect), new ToyStaple(here[0], there[1], defect)];
}
