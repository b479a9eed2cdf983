/**
 * What the bridges do with the Observable of a browser. Bundled and run in Chromium by `native.spec.ts`.
 *
 * @module
 */

import { eventStream, fromNative, fromReadable, iterate, run, sleep, toNative, toStream } from "anyrx";
import { from, interval, lastValueFrom, map, take, toArray } from "rxjs";

interface Subscriber {
  next(value: number): void;
  complete(): void;
  error(error: unknown): void;
  addTeardown(teardown: () => void): void;
}
interface Native {
  map(each: (value: number) => number): Native;
  take(count: number): Native;
  toArray(): Promise<number[]>;
  subscribe(observer: object, options?: { signal: AbortSignal }): void;
}
declare const Observable: (new (subscribe: (subscriber: Subscriber) => void) => Native) | undefined;

async function main(): Promise<string> {
  const log: string[] = [];
  if (typeof Observable === "undefined") return "no Observable";
  const ticks = (end: number) =>
    new Observable((subscriber) => {
      let n = 0;
      const timer = setInterval(() => {
        subscriber.next(++n);
        if (n === end) subscriber.complete();
      }, 1);
      subscriber.addTeardown(() => {
        clearInterval(timer);
        log.push(`torn down at ${n}`);
      });
    });
  try {
    from(ticks(1) as never);
    log.push("from() takes it");
  } catch {
    log.push("from() refuses it");
  }
  const doubled = fromNative<number>(ticks(3) as never).pipe(
    map((n) => n * 2),
    toArray(),
  );
  log.push(`ours: ${(await lastValueFrom(doubled)).join()}`);
  log.push(`cut: ${(await lastValueFrom(fromNative<number>(ticks(99) as never).pipe(take(2), toArray()))).join()}`);
  const failing = new Observable((subscriber) => {
    subscriber.error(new RangeError("boom"));
  });
  await lastValueFrom(fromNative(failing as never)).catch((error: unknown) => log.push(String(error)));
  const native = toNative(interval(1).pipe(map((n) => n + 1))) as unknown as Native;
  log.push(
    `native: ${(
      await native
        .map((n) => n * 3)
        .take(3)
        .toArray()
    ).join()}`,
  );
  // There and back.
  toNative(fromNative<number>(failing as never)).subscribe(
    { next: () => undefined, complete: () => undefined, error: (error) => log.push(`back: ${String(error)}`) },
    { signal: new AbortController().signal },
  );
  await run(async () => {
    const seen: number[] = [];
    for await (const n of iterate<number>(ticks(99) as never, { overflow: "latest" })) {
      seen.push(n);
      if (seen.length === 2) break;
    }
    await sleep(1);
    log.push(`looped: ${seen.length}`);
    const stream = toStream<number>(ticks(2) as never, { maxBufferSize: 4, overflow: "error" });
    const [one, two] = [await stream.receive(), await stream.receive()];
    log.push(`streamed: ${one}, ${two}`);
    const button = document.createElement("button");
    const clicks = eventStream<MouseEvent>(button, "click", { maxBufferSize: 1, overflow: "error" });
    button.click();
    log.push((await clicks.receive()).type);
    let text = "";
    for await (const chunk of fromReadable<string>(new Response("body").body!.pipeThrough(new TextDecoderStream())))
      text += chunk;
    log.push(text);
  });
  return log.join("\n");
}

void main()
  .catch((error: unknown) => `failed: ${String(error)}`)
  .then((result) => Object.assign(globalThis, { result }));
