/**
 * Floors: what can be written by hand, for one purpose, by someone who knows it well.
 *
 * They are no libraries: they validate nothing, wrap no error and, but for {@link Sleepers}, cannot be cancelled.
 */

/** A native promise that is settled already: the shortest wait that there is. */
export const RESOLVED = Promise.resolve();

/** A queue in a ring that doubles when it is full. */
class Ring {
  #items = new Array(16);
  #mask = 15;
  #head = 0;
  size = 0;

  push(item) {
    if (this.size > this.#mask) this.#grow();
    this.#items[(this.#head + this.size++) & this.#mask] = item;
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.size--;
    return item;
  }

  #grow() {
    const { size } = this;
    const items = new Array(size * 2);
    for (let i = 0; i < size; i++) items[i] = this.#items[(this.#head + i) & this.#mask];
    this.#items = items;
    this.#mask = size * 2 - 1;
    this.#head = 0;
  }
}

/**
 * A bounded channel over promises. `send` and `receive` give a promise when they must wait, and a plain result when they need not; the caller
 * always awaits.
 */
export class Channel {
  #capacity;
  #buffer = new Ring();
  #senders = new Ring();
  #receivers = new Ring();

  constructor(capacity) {
    this.#capacity = capacity;
  }

  send(item) {
    if (this.#receivers.size > 0) {
      this.#receivers.shift()(item);
      return undefined;
    }
    if (this.#buffer.size < this.#capacity) {
      this.#buffer.push(item);
      return undefined;
    }
    return new Promise((resolve) => this.#senders.push({ item, resolve }));
  }

  receive() {
    if (this.#buffer.size > 0) {
      const item = this.#buffer.shift();
      if (this.#senders.size > 0) {
        const sender = this.#senders.shift();
        this.#buffer.push(sender.item);
        sender.resolve();
      }
      return item;
    }
    if (this.#senders.size > 0) {
      const sender = this.#senders.shift();
      sender.resolve();
      return sender.item;
    }
    return new Promise((resolve) => this.#receivers.push(resolve));
  }
}

/** The same with methods that always give a promise, as the methods of a library would. */
export class AsyncChannel {
  #channel;

  constructor(capacity) {
    this.#channel = new Channel(capacity);
  }

  async send(item) {
    return this.#channel.send(item);
  }

  async receive() {
    return this.#channel.receive();
  }
}

/**
 * A semaphore over promises; with one permit it is a lock. `acquire` gives a promise when it must wait, and a plain result when it need not; the
 * caller always awaits. A permit that is released goes from hand to hand.
 */
export class Permits {
  #left;
  #waiters = new Ring();

  constructor(permits) {
    this.#left = permits;
  }

  acquire() {
    if (this.#left > 0) {
      this.#left--;
      return undefined;
    }
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  release() {
    if (this.#waiters.size > 0) this.#waiters.shift()();
    else this.#left++;
  }
}

/** Gives `op` at most `ms`, with a host timer of its own. */
export function withTimeout(ms, op) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Timed out")), ms);
    op().then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Sleeps that can be cancelled together: async functions over a set of callbacks. */
export class Sleepers {
  #cancels = new Set();

  sleep(ms) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#cancels.delete(cancel);
        resolve();
      }, ms);
      const cancel = () => {
        clearTimeout(timer);
        reject(CANCELLED);
      };
      this.#cancels.add(cancel);
    });
  }

  cancel() {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}

/** What a cancelled sleep of {@link Sleepers} throws. Made once: an error costs its stack. */
export const CANCELLED = new Error("Cancelled");
