import { fromNative, isUnsupportedError, type NativeObservable, toNative } from "anyrx";
import { lastValueFrom, Observable, of, take, toArray } from "rxjs";
import { expectSentence, thrownBy } from "../field/everywhere.ts";
import { resultInChromium } from "../support/in-chromium.ts";
import { mayWait } from "../support/real-time.ts";

const boom = new RangeError("boom");

/** What the platform has, as far as its contract goes: it counts who listens to the signal. */
function fake(emit: (observer: Parameters<NativeObservable<number>["subscribe"]>[0]) => void) {
  const state = { aborted: 0 };
  const native: NativeObservable<number> = {
    subscribe(observer, { signal }) {
      signal.addEventListener("abort", () => {
        state.aborted++;
      });
      emit(observer);
    },
  };
  return { native, state };
}

describe("fromNative()", () => {
  it("gives the values, the end and the error, and aborts when it is unsubscribed", async () => {
    const three = fake((observer) => {
      for (const n of [1, 2, 3]) observer.next(n);
      observer.complete();
    });
    expect(await lastValueFrom(fromNative(three.native).pipe(toArray()))).toEqual([1, 2, 3]);
    const failing = fake((observer) => {
      observer.error(boom);
    });
    expect(await thrownBy(() => lastValueFrom(fromNative(failing.native)))).toBe(boom);
    const endless = fake((observer) => {
      observer.next(1);
    });
    expect(await lastValueFrom(fromNative(endless.native).pipe(take(1)))).toBe(1);
    expect(endless.state.aborted).toBe(1);
    const flood: NativeObservable<number> = {
      subscribe(observer, { signal }) {
        for (let n = 1; !signal.aborted; n++) observer.next(n);
      },
    };
    expect(await lastValueFrom(fromNative(flood).pipe(take(3)))).toBe(3);
    expectSentence(() => fromNative({} as never), TypeError);
  });
});

describe("toNative()", () => {
  it("says so where there is none", () => {
    if ("Observable" in globalThis) {
      expect().nothing();
      return;
    }
    expect(isUnsupportedError(captured(() => toNative(of(1))))).toBeTrue();
    expectSentence(() => toNative(5 as never), TypeError);
  });

  it("tears the source down with the subscriber", () => {
    const teardowns: (() => void)[] = [];
    const seen: unknown[] = [];
    // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- the platform's is made by its constructor alone, too.
    class Native {
      constructor(subscribe: (subscriber: object) => void) {
        subscribe({
          next: (n: number) => seen.push(n),
          complete: () => seen.push("end"),
          error: (error: unknown) => seen.push(error),
          addTeardown: (teardown: () => void) => teardowns.push(teardown),
        });
      }
    }
    let live = 0;
    Object.assign(globalThis, { Observable: Native });
    try {
      toNative(
        new Observable<number>((subscriber) => {
          live++;
          subscriber.next(7);
          return () => live--;
        }),
      );
      expect([seen, live]).toEqual([[7], 1]);
      for (const teardown of teardowns) teardown();
      expect(live).toBe(0);
    } finally {
      delete (globalThis as { Observable?: unknown }).Observable;
    }
  });
});

function captured(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the Observable of a real browser", () => {
  mayWait("a browser is a process");
  // It waits for a browser to start.
  it("and ours, both ways, in Chromium", async () => {
    const result = (await resultInChromium(new URL("page.ts", import.meta.url))) as string | undefined;
    if (result === undefined || result === "no Observable") return;
    expect(result.split("\n")).toEqual([
      "from() refuses it",
      "torn down at 3",
      "ours: 2,4,6",
      "torn down at 2",
      "cut: 1,2",
      "RangeError: boom",
      "native: 3,6,9",
      "back: RangeError: boom",
      "torn down at 2",
      "looped: 2",
      "torn down at 2",
      "streamed: 1, 2",
      "click",
      "body",
    ]);
  }, 60_000);
});
