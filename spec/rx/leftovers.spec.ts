import { EventEmitter } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import {
  type Backend,
  CancelScope,
  asStream,
  createMemoryObjectStream,
  eventStream,
  failAfter,
  fromAsyncIterable,
  fromNative,
  fromReadable,
  fromWritable,
  iterate,
  type Job,
  moveOnAfter,
  type NativeObserver,
  operation,
  run,
  rxBackend,
  schedulerOf,
  shareOperation,
  sleep,
  sleepForever,
  type TaskGroup,
  taskGroup,
  toNative,
  toReadable,
  toStream,
  toWritable,
} from "anyrx";
import { collect, pipeline, rx, takeUntil } from "anyrx/pipeline";
import { catchError, EMPTY, interval, type MonoTypeOperatorFunction, Observable, throwError } from "rxjs";
import { LONG, runQuietly } from "../field/everywhere.ts";
import { CountedSubject, CountedTarget, listenersOf } from "./counted.ts";

const boom = new RangeError("boom");

/** A real clock that counts the timers that are set, and the work outside that it was told of. */
class CountedBackend implements Backend {
  readonly name = "counted";
  private readonly inner = rxBackend();
  timers = 0;
  holds = 0;

  now(): number {
    return this.inner.now();
  }

  defer(job: Job): void {
    this.inner.defer(job);
  }

  arm(deadline: number, job: Job): Disposable {
    this.timers++;
    const over = once(() => this.timers--);
    const timer = this.inner.arm(deadline, {
      run: () => {
        over();
        job.run();
      },
    });
    return {
      [Symbol.dispose]() {
        over();
        timer[Symbol.dispose]();
      },
    };
  }

  hold(what: string): Disposable {
    this.holds++;
    const over = once(() => this.holds--);
    const held = this.inner.hold(what);
    return {
      [Symbol.dispose]() {
        over();
        held[Symbol.dispose]();
      },
    };
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** How many waits, nested scopes and others are told when the scope of `tg` is cancelled. */
function membersOf(tg: TaskGroup): number {
  type Link = { readonly _after: Link } | null;
  let count = 0;
  for (let link = (tg.cancelScope as unknown as { _first: Link })._first; link !== null; link = link._after) count++;
  return count;
}

/** A bridge in use. */
interface Used {
  /** What it keeps on the other side: subscriptions, listeners, locks, open ends. */
  live(): number;
  /** The other side comes to its end. */
  complete(): unknown;
  /** The other side fails. */
  fail(): unknown;
  /** Whoever uses it has enough: by unsubscribing, by `break`, by closing. */
  leave(): unknown;
}

const endings = {
  completion: (used: Used) => used.complete(),
  "an error": (used: Used) => used.fail(),
  "a break": (used: Used) => used.leave(),
  "a cancellation": (_used: Used, tg: TaskGroup) => {
    tg.cancel();
  },
};

/** Every bridge, begun in the scope of `tg`. */
const bridges: Record<string, (tg: TaskGroup, backend: CountedBackend) => Used | Promise<Used>> = {
  "toStream(observable)": (tg) => {
    const subject = new CountedSubject<number>();
    const stream = toStream(subject.counted, { overflow: "latest" });
    tg.startSoon(() => stream.receive().then(undefined, () => undefined));
    return { ...endsOf(subject), leave: () => stream.close() };
  },
  "toStream(async iterable)": (tg) => {
    const source = new Source();
    const stream = toStream(source.items(), { maxBufferSize: 1 });
    tg.startSoon(() => drained(stream));
    return { ...source.ends, leave: () => stream.aclose() };
  },
  "iterate(observable)": (tg) => {
    const subject = new CountedSubject<number>();
    tg.startSoon(async () => {
      try {
        for await (const n of iterate(subject.counted, { overflow: "latest" })) if (n === 0) break;
      } catch (error) {
        if (error !== boom) throw error;
      }
    });
    return { ...endsOf(subject), leave: () => subject.next(0) };
  },
  "iterate(async iterable)": (tg) => {
    const source = new Source();
    tg.startSoon(async () => {
      try {
        for await (const n of iterate(source.items())) if (n === 0) break;
      } catch (error) {
        if (error !== boom) throw error;
      }
    });
    return { ...source.ends, leave: () => source.give(0) };
  },
  "asStream()": (tg) => {
    const source = new Source();
    const stream = asStream(() => source.items());
    tg.startSoon(() => drained(stream));
    return { ...source.ends, leave: () => stream.aclose() };
  },
  "fromAsyncIterable()": () => {
    const source = new Source();
    const subscription = fromAsyncIterable(source.items()).subscribe({ error: () => undefined });
    return { ...source.ends, leave: () => subscription.unsubscribe() };
  },
  "fromAsyncIterable(), as a task": (tg) => {
    const source = new Source();
    const items = fromAsyncIterable(source.items());
    const task = tg.startSoon(() => items.pipe(quiet()));
    return { ...source.ends, leave: () => task.cancel() };
  },
  "eventStream() of an EventTarget": (tg) => {
    const target = new CountedTarget();
    const stream = eventStream(target, "ping", { overflow: "error", maxBufferSize: 0, end: "end" });
    tg.startSoon(() => sleep(0));
    return {
      live: () => target.live,
      complete: () => target.dispatchEvent(new Event("end")),
      fail: () => target.dispatchEvent(new Event("ping")), // There is no room for it.
      leave: () => stream.close(),
    };
  },
  "eventStream() of an EventEmitter": (tg) => {
    const emitter = new EventEmitter();
    const stream = eventStream(emitter, "data", { overflow: "latest", end: ["end", "close"] });
    tg.startSoon(() => drained(stream));
    return {
      live: () => listenersOf(emitter),
      complete: () => emitter.emit("end"),
      fail: () => emitter.emit("error", boom),
      leave: () => stream.close(),
    };
  },
  "fromReadable() of the web": (tg) => {
    let control!: ReadableStreamDefaultController<number>;
    const stream = new ReadableStream<number>({ start: (given) => void (control = given) });
    const receive = fromReadable<number>(stream);
    tg.startSoon(() => drained(receive));
    return {
      live: () => Number(stream.locked),
      complete: () => control.close(),
      fail: () => control.error(boom),
      leave: () => receive.aclose(),
    };
  },
  "fromReadable() of Node": (tg) => {
    const stream = new PassThrough({ objectMode: true });
    const before = listenersOf(stream);
    const receive = fromReadable<number>(stream);
    tg.startSoon(() => drained(receive));
    return {
      live: () => listenersOf(stream) - before,
      complete: () => stream.end(),
      fail: () => stream.destroy(boom),
      leave: () => receive.aclose(),
    };
  },
  "toReadable() of the web": () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const reader = toReadable(receive).getReader();
    void reader.read().catch(() => undefined);
    reader.closed.catch(() => undefined);
    const { openReceiveStreams: open } = send.statistics();
    return {
      live: () => send.statistics().tasksWaitingReceive + open - 1,
      complete: () => send.close(),
      fail: () => send.error(boom),
      leave: () => reader.cancel(),
    };
  },
  "toReadable() of the web, of bytes": () => {
    const [send, receive] = createMemoryObjectStream<Uint8Array>(1);
    const reader = toReadable(receive, { bytes: true }).getReader({ mode: "byob" });
    void reader.read(new Uint8Array(8)).catch(() => undefined);
    reader.closed.catch(() => undefined);
    return {
      live: () => send.statistics().tasksWaitingReceive,
      complete: () => send.close(),
      fail: () => send.error(boom),
      leave: () => reader.cancel(),
    };
  },
  "toReadable() of Node": () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const readable = toReadable(receive, { as: Readable });
    readable.on("error", () => undefined);
    readable.resume();
    return {
      live: () => send.statistics().tasksWaitingReceive,
      complete: () => send.close(),
      fail: () => send.error(boom),
      leave: () => void readable.destroy(),
    };
  },
  "toReadable() of an Observable": () => {
    const subject = new CountedSubject<number>();
    const reader = toReadable(subject.counted, { overflow: "latest" }).getReader();
    void reader.read().catch(() => undefined);
    reader.closed.catch(() => undefined);
    return { ...endsOf(subject), leave: () => reader.cancel() };
  },
  "fromWritable() of the web": async (tg) => {
    let control!: WritableStreamDefaultController;
    const stream = new WritableStream<number>({ start: (given) => void (control = given) });
    const send = fromWritable<number>(stream);
    await send.send(1);
    tg.startSoon(() => sleep(0));
    return {
      live: () => Number(stream.locked),
      complete: () => send.aclose(),
      fail: () => control.error(boom),
      leave: () => send.error(boom),
    };
  },
  "fromWritable() of the web, with a sender that waits": async (tg, backend) => {
    let control!: WritableStreamDefaultController;
    const stream = new WritableStream<number>({
      start: (given) => void (control = given),
      write: () => new Promise((done) => control.signal.addEventListener("abort", () => done())),
    });
    const send = fromWritable<number>(stream);
    await send.send(1);
    tg.startSoon(() => send.send(2).then(undefined, () => undefined));
    await sleep(0);
    return {
      live: () => Number(stream.locked) + backend.holds,
      complete: () => (send.close(), send.error(boom), moveOnAfter(1, () => send.aclose())),
      fail: () => control.error(boom),
      leave: () => send.error(boom),
    };
  },
  "fromWritable() of Node": async () => {
    const stream = new Writable({
      objectMode: true,
      write: (_item, _encoding, done) => {
        done();
      },
    });
    const before = listenersOf(stream);
    const send = fromWritable<number>(stream);
    await send.send(1);
    return {
      live: () => listenersOf(stream) - before,
      complete: () => send.aclose(),
      fail: () => stream.destroy(boom),
      leave: () => send.error(boom),
    };
  },
  "toWritable() of the web": () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const writer = toWritable(send).getWriter();
    writer.closed.catch(() => undefined);
    void writer.write(1).catch(() => undefined);
    return {
      live: () => receive.statistics().openSendStreams,
      complete: () => writer.close(),
      fail: () => writer.abort(boom),
      leave: () => {
        receive.close();
        return writer.write(2).then(
          () => undefined,
          () => writer.abort().then(undefined, () => undefined),
        );
      },
    };
  },
  "toWritable() of Node": () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const writable = toWritable(send, { as: Writable });
    writable.on("error", () => undefined);
    writable.write(1);
    return {
      live: () => receive.statistics().openSendStreams,
      complete: () => void writable.end(),
      fail: () => writable.destroy(boom),
      leave: () => {
        receive.close();
        writable.write(2);
      },
    };
  },
  "fromNative()": (tg) => {
    let observer!: NativeObserver<number>;
    let stop!: AbortSignal;
    const stream = toStream(
      fromNative<number>({
        subscribe(given, { signal }) {
          observer = given;
          stop = signal;
        },
      }),
      { overflow: "latest" },
    );
    tg.startSoon(() => drained(stream));
    return {
      live: () => Number(!stop.aborted),
      complete: () => observer.complete(),
      fail: () => observer.error(boom),
      leave: () => stream.close(),
    };
  },
  "toNative()": (tg) => {
    const subject = new CountedSubject<number>();
    const { stop } = natively(() => toNative(subject.counted) as unknown as FakeNative);
    tg.cancelScope.signal.addEventListener("abort", stop);
    return { ...endsOf(subject), leave: stop };
  },
  "shareOperation()": (tg) => {
    const source = new Source();
    const shared = shareOperation(async () => {
      for await (const _ of source.items());
    });
    const waiting = [1, 2].map(() => tg.startSoon(() => shared.then(undefined, caught)));
    return {
      ...source.ends,
      leave: () => {
        for (const task of waiting) task.cancel();
      },
    };
  },
  "schedulerOf()": (tg, backend) => {
    const subject = new CountedSubject<void>();
    const ticks = interval(LONG, schedulerOf());
    const task = tg.startSoon(() => until(ticks, subject.counted).pipe(quiet()));
    return { ...endsOf(subject), live: () => subject.live + backend.timers, leave: () => task.cancel() };
  },
  "a subscription to an operation": (_tg, backend) => {
    const done = new CountedSubject<void>();
    const timed = operation(() => failAfter(LONG, () => done.counted));
    const subscription = timed().subscribe({ error: () => undefined });
    return { ...endsOf(done), live: () => done.live + backend.timers, leave: () => subscription.unsubscribe() };
  },
  "a subscription to a receive stream": (tg) => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const subscription = receive.subscribe({ error: () => undefined });
    tg.startSoon(() => sleep(0));
    return {
      live: () => send.statistics().tasksWaitingReceive,
      complete: () => send.close(),
      fail: () => send.error(boom),
      leave: () => subscription.unsubscribe(),
    };
  },
  "CancelScope.from(signal)": (tg) => {
    const { signal, live, abort } = countedSignal();
    const scope = CancelScope.from(signal);
    const done = new CountedSubject<void>();
    tg.startSoon(() => scope.enter(() => done).then(undefined, caught));
    return { live, complete: () => done.complete(), fail: () => done.error(boom), leave: abort };
  },
  "run() with a signal": (tg) => {
    const { signal, live, abort } = countedSignal();
    const done = new CountedSubject<void>();
    const ended = run(() => done, { signal }).then(undefined, () => undefined);
    tg.startSoon(async () => {
      try {
        await sleepForever();
      } finally {
        abort();
      }
    });
    const end = (how: () => void) => () => {
      how();
      tg.cancel();
      return ended;
    };
    return {
      live,
      complete: end(() => done.complete()),
      fail: end(() => done.error(boom)),
      leave: end(abort),
    };
  },
  "rx()": (tg) => {
    const subject = new CountedSubject<number>();
    const [send, receive] = createMemoryObjectStream<number>(9);
    const merged = rx<number, number>((source$) => until(source$, subject.counted));
    const out = receive.through(merged);
    tg.startSoon(() => drained(out));
    return {
      live: () => subject.live + send.statistics().openReceiveStreams,
      complete: () => {
        subject.complete();
        send.close();
      },
      fail: () => subject.error(boom),
      leave: () => out.close(),
    };
  },
  "takeUntil(observable)": (tg) => {
    const subject = new CountedSubject<number>();
    const [send, receive] = createMemoryObjectStream<number>(9);
    const out = receive.through(takeUntil<number>(subject.counted));
    tg.startSoon(() => drained(out));
    return {
      ...endsOf(subject),
      live: () => subject.live + send.statistics().openReceiveStreams,
      leave: () => out.close(),
    };
  },
  "progress$ of a pipeline": async (tg, backend) => {
    const source = new Source();
    const whole = pipeline(source.items(), collect());
    const task = tg.startSoon(() => whole.then(undefined, caught));
    let live = 1;
    whole.progress$.subscribe({ complete: () => live-- });
    source.give(1);
    await sleep(1);
    return { ...source.ends, live: () => live + backend.timers, leave: () => task.cancel() };
  },
};

describe("a bridge keeps nothing", () => {
  for (const [bridge, use] of Object.entries(bridges)) {
    for (const [ending, end] of Object.entries(endings)) {
      it(`${bridge}, after ${ending}`, async () => {
        const backend = new CountedBackend();
        let used: Used | null = null;
        await runQuietly(
          () =>
            taskGroup(async () => {
              await taskGroup(async (tg) => {
                const before = membersOf(tg);
                used = await use(tg, backend);
                await sleep(2);
                expect(used.live()).withContext("while it is used").toBeGreaterThan(0);
                await end(used, tg);
                if (tg.cancelScope.cancelCalled) return;
                await sleep(3);
                expect(used.live()).withContext("afterwards, in its scope that goes on").toBe(0);
                expect(membersOf(tg)).withContext("members of its scope").toBe(before);
                tg.cancel(); // What else was begun for it.
              });
              await sleep(1);
              expect(used!.live()).withContext("after its scope").toBe(0);
              expect([backend.timers, backend.holds]).withContext("timers, and work outside").toEqual([0, 0]);
            }),
          { backend },
        );
      });
    }
  }
});

function caught(error: unknown): void {
  if (error !== boom && (error as Error).cause !== boom) throw error;
}

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of items);
  } catch (error) {
    if (error !== boom && !String(error).includes("closed")) throw error;
  }
}

/** Lets an error pass that is expected. */
function quiet<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) => (error === boom ? EMPTY : throwError(() => error)));
}

/** `source$`, until the other one ends; with its error, if that is how it ends. */
function until<T>(source$: Observable<T>, end$: Observable<unknown>): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.add(
      end$.subscribe({
        error: (error) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
    return source$.subscribe(subscriber);
  });
}

/** The ends of a Subject whose subscriptions are counted. */
function endsOf<T>(subject: CountedSubject<T>): Omit<Used, "leave"> {
  return {
    live: () => subject.live,
    complete: () => {
      subject.complete();
    },
    fail: () => {
      subject.error(boom);
    },
  };
}

/** An async generator that gives what it is told to, and counts how many of it run. */
class Source {
  private live = 0;
  private readonly pair = createMemoryObjectStream<number>(9);
  readonly ends: Omit<Used, "leave"> = {
    live: () => this.live,
    complete: () => {
      this.pair[0].close();
    },
    fail: () => {
      this.pair[0].error(boom);
    },
  };

  give(n: number): void {
    this.pair[0].sendNowait(n);
  }

  async *items(): AsyncGenerator<number> {
    this.live++;
    try {
      yield* this.pair[1];
    } finally {
      this.live--;
    }
  }
}

/** A signal that counts its listeners. */
function countedSignal(): { signal: AbortSignal; live: () => number; abort: () => void } {
  const control = new AbortController();
  const { signal } = control;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (name: string, listener: () => void) => {
      listeners.add(listener);
      add(name, listener);
    },
    removeEventListener: (name: string, listener: () => void) => {
      listeners.delete(listener);
      remove(name, listener);
    },
  });
  return {
    signal,
    live: () => listeners.size,
    abort: () => {
      control.abort();
    },
  };
}

/** The platform's Observable, as far as a source cares: it is torn down when it ends, or is left. */
class FakeNative {
  private readonly teardowns: (() => void)[] = [];

  constructor(subscribe: (subscriber: object) => void) {
    subscribe({
      next: () => undefined,
      complete: this.stop,
      error: this.stop,
      addTeardown: (teardown: () => void) => this.teardowns.push(teardown),
    });
  }

  readonly stop = (): void => {
    for (const teardown of this.teardowns.splice(0)) teardown();
  };
}

/** Calls `make` where the platform has an Observable. */
function natively<R>(make: () => R): R {
  Object.assign(globalThis, { Observable: FakeNative });
  try {
    return make();
  } finally {
    delete (globalThis as { Observable?: unknown }).Observable;
  }
}
