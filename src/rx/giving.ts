/**
 * Giving: a receive stream of ours that is read by foreign code.
 *
 * @module
 */

import { type Cancelled, isCancelled, isEndOfStream } from "../base/errors.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { operation } from "../kernel/work.ts";
import type { AsyncResource } from "../stream/resource.ts";
import { brokenBy, Lifetime, report, strayCancel } from "./lifetime.ts";

/** A receive stream, by what is used of it. */
export interface ReceiveTarget<T> extends AsyncResource {
  /** `most` is for streams of bytes. */
  receive(most?: number): Operation<T>;
}

/** What the foreign side is told. */
export interface Reader<T> {
  /** `false` when that was nothing at all. */
  item(item: T): boolean;
  end(): void;
  fail(error: unknown): void;
}

/** One receive stream on its way into a foreign one. */
export class Giving<T> {
  private readonly stream: ReceiveTarget<T>;
  private readonly scope: Scope;
  private readonly lifetime: Lifetime;
  private readonly title: string;
  private reader: Reader<T> | null = null;
  private over = false;

  constructor(stream: ReceiveTarget<T>, scope: Scope, title: string) {
    this.stream = stream;
    this.scope = scope;
    this.title = title;
    this.lifetime = new Lifetime(scope, (cancelled) => {
      this.breakOff(cancelled);
    });
  }

  /** `reader` is told from now on. */
  begin(reader: Reader<T>): void {
    this.reader = reader;
    if (this.scope._interrupt !== null) this.breakOff(this.scope._interrupt);
  }

  /** Receives one item for the reader, of bytes at most so many. A wait, and no work: the end of a group does not wait for it. */
  pull(most?: number): Promise<void> {
    return new Promise((done) => {
      if (this.over) {
        done();
        return;
      }
      this.stream
        .receive(most)
        .in(this.scope)
        .then(
          (item) => {
            if (this.give(item)) done();
            else void this.pull(most).then(done);
          },
          (error: unknown) => {
            this.failed(error);
            done();
          },
        );
    });
  }

  /** Nobody reads any more: closes the stream. Settles once it has cleaned up. */
  close(): Promise<void> {
    this.over = true;
    this.lifetime.end();
    return new Promise((resolve, reject) => {
      closing(this.stream).in(this.scope).then(resolve, reject);
    });
  }

  /** Whether the reader has what it asked for. */
  private give(item: T): boolean {
    if (this.over) return true;
    try {
      return this.reader?.item(item) !== false;
    } catch (error) {
      this.failed(error); // No item for such a reader.
      this.abandon();
      return true;
    }
  }

  private failed(error: unknown): void {
    this.finish((reader) => {
      if (isEndOfStream(error)) reader.end();
      else reader.fail(isCancelled(error) ? strayCancel(error, this.title) : error);
    });
  }

  private breakOff(cancelled: Cancelled | null): void {
    this.finish((reader) => {
      reader.fail(brokenBy(cancelled, "read from", this.title));
    });
    this.abandon();
  }

  private finish(tell: (reader: Reader<T>) => void): void {
    if (this.over) return;
    this.over = true;
    this.lifetime.end();
    if (this.reader !== null) tell(this.reader);
  }

  private abandon(): void {
    this.close().catch((error: unknown) => {
      if (!isCancelled(error)) report(this.scope, error);
    });
  }
}

const closing: (stream: AsyncResource) => Operation<void> = /* @__PURE__ */ operation((stream: AsyncResource) =>
  stream.aclose(),
);
