/**
 * Toy object streams: written by a stranger, from what anyrx has for everybody, and right; or with one defect, for the checks to find.
 *
 * @module
 */

import {
  BaseReceiveStream,
  BrokenResourceError,
  CancelScope,
  checkpoint,
  checkpointIfCancelled,
  ClosedResourceError,
  EndOfStream,
  Event,
  isCancelled,
  isClosedResourceError,
  isEndOfStream,
  Lock,
  type ObjectReceiveStream,
  type ObjectSendStream,
  type Operation,
  operation,
  type OperationGenerator,
  TypedAttributeProvider,
  WouldBlock,
} from "anyrx";

/** What may be wrong with a toy object stream; `""` is nothing. */
export type ObjectDefect =
  | ""
  | "has no aclose()"
  | "is last in, first out"
  | "gives something for a send"
  | "takes a falsy item for nothing"
  | "gives null for undefined"
  | "send() is no checkpoint"
  | "receive() is no checkpoint"
  | "sends in a cancelled scope"
  | "shields its receive()"
  | "offers items to who was cancelled"
  | "leaves the item of a cancelled sender"
  | "loses an item when it is cancelled"
  | "gives an item twice when it is cancelled"
  | "fails the sender whose item was taken"
  | "lets the last receiver go first"
  | "forgets that the receive end is closed"
  | "forgets that the send end is closed"
  | "throws when it is closed again"
  | "never breaks"
  | "breaks once"
  | "tells Broken where it is Closed"
  | "drops what is left when it is closed"
  | "ends once"
  | "does not wake the receiver when the sender closes"
  | "does not wake the receiver when that closes"
  | "does not wake the sender when that closes"
  | "sends what it has refused"
  | "does not break the sender that waits"
  | "takes ahead in a loop"
  | "ends a loop that is closed"
  | "loses what a subscriber leaves behind"
  | "closes when it has time"
  | "closes all clones at once"
  | "clones what is closed"
  | "waits for nobody to take what is for somebody"
  | "gives undefined for nothing"
  | "takes at once what nobody will receive"
  | "would wait for what nobody will send"
  | "loses an item when one who stands in line is cancelled";

interface Offer {
  readonly item: unknown;
  taken: boolean;
}

/** What the ends share. */
class Shelf {
  offers: Offer[] = [];
  sendEnds = 0;
  receiveEnds = 0;
  waiting = 0;
  count = 0;
  toldBroken = false;
  toldEnd = false;
  readonly sending: Lock = new Lock();
  readonly receiving: Lock = new Lock();
  readonly capacity: number;
  readonly defect: ObjectDefect;
  private changed = new Event();

  constructor(capacity: number, defect: ObjectDefect) {
    this.capacity = capacity;
    this.defect = defect;
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

/** A send end of a toy. */
export class ToyObjectSender extends TypedAttributeProvider implements ObjectSendStream<unknown> {
  closed = false;
  readonly shelf: Shelf;

  constructor(shelf: Shelf) {
    super();
    this.shelf = shelf;
    shelf.sendEnds++;
    if (shelf.defect === "has no aclose()") Object.assign(this, { aclose: undefined });
  }

  send(item: unknown): Operation<void> {
    return sending(this, item) as Operation<void>;
  }

  sendNowait(item: unknown): void {
    const { shelf } = this;
    if (shelf.defect === "takes at once what nobody will receive" && shelf.receiveEnds === 0 && !this.closed) return;
    check(this);
    const room = shelf.capacity + shelf.waiting - shelf.offers.length;
    if (room <= 0) throw new WouldBlock("send to the toy", "it is full", "use send()");
    shelf.offers.push({ item, taken: false });
    shelf.change();
  }

  clone(): ToyObjectSender {
    if (this.closed && this.shelf.defect !== "clones what is closed") throw new ClosedResourceError("clone", "the toy");
    return new ToyObjectSender(this.shelf);
  }

  aclose(): Operation<void> {
    return closing(this, "sendEnds");
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

const sending = operation(function* (end: ToyObjectSender, item: unknown): OperationGenerator<unknown> {
  const { shelf } = end;
  const { defect } = shelf;
  if (defect === "takes a falsy item for nothing" && item === null) return yield* checkpoint();
  if (defect === "sends in a cancelled scope") yield* new CancelScope({ shield: true }).enter(() => checkpoint());
  else if (defect !== "send() is no checkpoint" || shelf.offers.length > 0) yield* checkpoint();
  if (defect === "forgets that the send end is closed" && end.closed) return undefined;
  const free = defect === "send() is no checkpoint" || defect === "sends in a cancelled scope";
  const lease = free && !shelf.sending.locked() ? null : yield* shelf.sending.acquire();
  const offer = { item, taken: false };
  try {
    check(end);
    if (defect === "is last in, first out") shelf.offers.unshift(offer);
    else shelf.offers.push(offer);
    shelf.change();
    if (defect === "sends in a cancelled scope") yield* checkpointIfCancelled();
    // It waits until what is too much has been taken.
    while (!offer.taken && shelf.offers.length > shelf.capacity) {
      yield* shelf.next();
      if (offer.taken && defect !== "fails the sender whose item was taken") break;
      if (end.closed && defect === "does not wake the sender when that closes") yield* new Event().wait();
      if (shelf.receiveEnds === 0 && defect === "does not break the sender that waits") yield* new Event().wait();
      check(end);
    }
    if (defect === "fails the sender whose item was taken") check(end);
  } catch (error) {
    const stays = isCancelled(error)
      ? defect === "leaves the item of a cancelled sender" || defect === "sends in a cancelled scope"
      : defect === "sends what it has refused";
    if (offer.taken && isCancelled(error)) return undefined; // It was taken, so it is sent.
    if (!offer.taken && !stays) shelf.offers = shelf.offers.filter((other) => other !== offer);
    shelf.change();
    throw error;
  } finally {
    lease?.[Symbol.dispose]();
  }
  return defect === "gives something for a send" ? true : undefined;
});

function check(end: ToyObjectSender): void {
  const { shelf } = end;
  const { defect } = shelf;
  if (end.closed && !(defect === "tells Broken where it is Closed" && shelf.receiveEnds === 0))
    throw new ClosedResourceError("send to", "the toy");
  if (shelf.receiveEnds > 0 || defect === "never breaks" || (defect === "breaks once" && shelf.toldBroken)) {
    if (shelf.receiveEnds === 0) shelf.offers = [];
    return;
  }
  shelf.toldBroken = true;
  throw new BrokenResourceError("send to", "the toy", "every receive end is closed");
}

/** A receive end of a toy. */
export class ToyObjectReceiver extends BaseReceiveStream<unknown> implements ObjectReceiveStream<unknown> {
  closed = false;
  readonly shelf: Shelf;

  constructor(shelf: Shelf) {
    super();
    this.shelf = shelf;
    shelf.receiveEnds++;
    const { defect } = shelf;
    if (defect === "takes ahead in a loop" || defect === "ends a loop that is closed")
      Object.assign(this, { [Symbol.asyncIterator]: () => loop(this, defect) });
    if (defect === "loses what a subscriber leaves behind") Object.assign(this, { subscribe: subscriber(this) });
  }

  override receive(): Operation<unknown> {
    return receiving(this);
  }

  receiveNowait(): unknown {
    const { shelf } = this;
    checkReceive(this, shelf.defect === "would wait for what nobody will send");
    const free =
      shelf.offers.length - (shelf.defect === "waits for nobody to take what is for somebody" ? 0 : shelf.waiting);
    if (free > 0) return take(shelf);
    if (shelf.defect === "gives undefined for nothing" && shelf.waiting === 0) return undefined;
    throw new WouldBlock("receive from the toy", "it is empty", "use receive()");
  }

  clone(): ToyObjectReceiver {
    if (this.closed && this.shelf.defect !== "clones what is closed") throw new ClosedResourceError("clone", "the toy");
    return new ToyObjectReceiver(this.shelf);
  }

  override aclose(): Operation<void> {
    return closing(this, "receiveEnds");
  }
}

const receiving = operation(function* (end: ToyObjectReceiver): OperationGenerator<unknown> {
  const { shelf } = end;
  const { defect } = shelf;
  if (defect === "receive() is no checkpoint" && shelf.offers.length > 0 && !end.closed) return take(shelf);
  yield* checkpoint();
  if (defect === "shields its receive()") return yield* new CancelScope({ shield: true }).enter(() => inTurn(end));
  return yield* inTurn(end);
});

function* inTurn(end: ToyObjectReceiver): OperationGenerator<unknown> {
  const { shelf } = end;
  const { defect } = shelf;
  if (defect === "lets the last receiver go first") {
    const mine = ++shelf.count;
    return yield* waitFor(
      end,
      () => mine === shelf.count || shelf.waiting === 1,
      () => shelf.count--,
    );
  }
  const lease = yield* inLine(shelf);
  let gone = false;
  try {
    return yield* waitFor(
      end,
      () => true,
      () => undefined,
    );
  } catch (error) {
    gone = isCancelled(error) && defect === "offers items to who was cancelled";
    throw error;
  } finally {
    lease[Symbol.dispose]();
    if (gone) shelf.waiting++;
  }
}

function* inLine(shelf: Shelf): OperationGenerator<Disposable> {
  try {
    return yield* shelf.receiving.acquire();
  } catch (error) {
    if (shelf.defect === "loses an item when one who stands in line is cancelled" && shelf.offers.length > 0)
      take(shelf);
    throw error;
  }
}

function* waitFor(end: ToyObjectReceiver, mayTake: () => boolean, taken: () => void): OperationGenerator<unknown> {
  const { shelf } = end;
  const { defect } = shelf;
  shelf.waiting++;
  try {
    for (;;) {
      if (defect === "offers items to who was cancelled" && shelf.waiting > 1) {
        while (shelf.offers.length > 0 && shelf.waiting > 1) {
          shelf.waiting--;
          take(shelf);
        }
      }
      checkReceive(end, shelf.waiting > 0);
      if (shelf.offers.length > 0 && mayTake()) {
        const item = take(shelf);
        taken();
        if (defect === "loses an item when it is cancelled") yield* checkpoint();
        if (defect === "gives an item twice when it is cancelled") {
          try {
            yield* checkpoint();
          } catch {
            shelf.offers.unshift({ item, taken: false });
          }
        }
        return defect === "gives null for undefined" ? (item ?? null) : item;
      }
      if (shelf.sendEnds === 0 && shelf.offers.length === 0) {
        if (defect === "ends once" && shelf.toldEnd) yield* new Event().wait();
        shelf.toldEnd = true;
        throw new EndOfStream("the toy");
      }
      yield* shelf.next();
    }
  } finally {
    shelf.waiting--;
  }
}

function checkReceive(end: ToyObjectReceiver, waits = false): void {
  const { shelf } = end;
  if (end.closed && shelf.defect !== "forgets that the receive end is closed")
    throw new ClosedResourceError("receive from", "the toy");
  if (!waits && shelf.sendEnds === 0 && shelf.offers.length === 0) throw new EndOfStream("the toy");
}

function take(shelf: Shelf): unknown {
  const offer = shelf.offers.shift() as Offer;
  offer.taken = true;
  shelf.change();
  return offer.item;
}

const closing = operation(function* (end: ToyObjectSender | ToyObjectReceiver, ends: "sendEnds" | "receiveEnds") {
  const { shelf } = end;
  const { defect } = shelf;
  if (defect === "closes when it has time") yield* checkpoint();
  if (end.closed) {
    if (defect === "throws when it is closed again") throw new ClosedResourceError("close", "the toy");
    return;
  }
  end.closed = true;
  shelf[ends] = defect === "closes all clones at once" ? 0 : shelf[ends] - 1;
  if (ends === "sendEnds" && defect === "drops what is left when it is closed") shelf.offers = [];
  if (ends === "receiveEnds" && shelf.receiveEnds === 0) shelf.offers = shelf.offers.slice(0, 0);
  const silent =
    (ends === "sendEnds" && defect === "does not wake the receiver when the sender closes") ||
    (ends === "receiveEnds" && defect === "does not wake the receiver when that closes");
  if (!silent) shelf.change();
});

async function* loop(stream: ToyObjectReceiver, defect: ObjectDefect): AsyncGenerator {
  try {
    let ahead: PromiseLike<unknown> | null = null;
    for (;;) {
      const item: unknown = await (ahead ?? stream.receive());
      ahead = null;
      if (defect === "takes ahead in a loop") {
        ahead = stream.receive().then((next) => next);
        ahead.then(null, () => undefined);
      }
      yield item;
    }
  } catch (error) {
    if (isEndOfStream(error) || (defect === "ends a loop that is closed" && isClosedResourceError(error))) return;
    throw error;
  }
}

function subscriber(stream: ToyObjectReceiver): ToyObjectReceiver["subscribe"] {
  return ((observer: { next(item: unknown): void; error(error: unknown): void; complete(): void }) => {
    let left = false;
    const steps = operation(function* () {
      try {
        for (;;) {
          const item = yield* stream.receive();
          if (!left) observer.next(item);
        }
      } catch (error) {
        if (isEndOfStream(error)) observer.complete();
        else observer.error(error);
      }
    });
    steps().subscribe();
    return {
      unsubscribe: () => {
        left = true;
      },
    };
  }) as never;
}

/** The ends of a toy. `capacity` is how many items it holds; 0 is from hand to hand. */
export function toyObjects(defect: ObjectDefect = "", capacity: number = 2): [ToyObjectSender, ToyObjectReceiver] {
  const shelf = new Shelf(capacity, defect);
  return [new ToyObjectSender(shelf), new ToyObjectReceiver(shelf)];
}
