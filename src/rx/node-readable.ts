/**
 * Readable streams of Node, out of what is given.
 *
 * @module
 */

import type { Giving } from "./giving.ts";

/** The class of Node's readable streams, by what is used of it. */
export type NodeReadableClass<R> = new (options: {
  objectMode: boolean;
  highWaterMark: number;
  read(): void;
  destroy(error: Error | null, done: (error?: Error | null) => void): void;
}) => R;

/** A `Readable` of Node, as far as it is fed. */
interface Fed {
  push(item: unknown): boolean;
  destroy(error?: unknown): unknown;
}

/** Makes one, of the class `Node`. */
export function nodeReadable(
  Node: NodeReadableClass<unknown>,
  giving: Giving<unknown>,
  mode: { objectMode: boolean; highWaterMark: number },
): unknown {
  let open = true;
  const readable = new Node({
    ...mode,
    read() {
      void giving.pull();
    },
    destroy(error, done) {
      if (!open) {
        done(error);
        return;
      }
      open = false;
      giving.close().then(
        () => {
          done(error);
        },
        (failure: unknown) => {
          done(error ?? (failure as Error));
        },
      );
    },
  }) as Fed;
  giving.begin({
    item: (item) => {
      if (item === null || item === undefined) {
        throw new TypeError(
          `Cannot put ${String(item)} into a Readable of Node: to that it means the end; send something else`,
        );
      }
      readable.push(item);
      return true;
    },
    end: () => {
      open = false;
      readable.push(null);
    },
    fail: (error) => {
      open = false;
      readable.destroy(error);
    },
  });
  return readable;
}
