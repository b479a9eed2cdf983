/**
 * Styles: the ways in which the same program is written by different people.
 *
 * A law is written once, as {@link Steps}. A style makes a body of it that waits for each operation through a door of its own: `await`,
 * `yield*` or `subscribe`. All bodies of a law go through the style, so that what the kernel sees is what users of that style write.
 *
 * @module
 */

import { Observable, type Subscribable, Subscriber } from "../../base/rx.ts";
import type { Operation, OperationGenerator } from "../../kernel/operation.ts";
import type { Steps } from "./steps.ts";

/** What a body of some style returns. */
export type Styled<R> = Promise<R> | OperationGenerator<R> | Subscribable<R>;

/** One way to write a body. */
export interface Style {
  /** What it is called in messages. */
  readonly name: string;
  /** The body that does these steps. */
  body<A extends unknown[], R>(steps: (...args: A) => Steps<R>): (...args: A) => Styled<R>;
}

/** An async function that awaits each operation. */
const asyncStyle: Style = {
  name: "async",
  body(steps) {
    return async (...args) => {
      const walk = steps(...args);
      let step = walk.next(undefined);
      while (step.done !== true) {
        let value: unknown;
        try {
          value = await step.value;
        } catch (error) {
          step = walk.throw(error);
          continue;
        }
        step = walk.next(value);
      }
      return step.value;
    };
  },
};

/** A generator function that delegates to each operation. */
const generatorStyle: Style = {
  name: "generator",
  body(steps) {
    return function* (...args) {
      const walk = steps(...args);
      let step = walk.next(undefined);
      while (step.done !== true) {
        let value: unknown;
        try {
          value = yield* step.value;
        } catch (error) {
          step = walk.throw(error);
          continue;
        }
        step = walk.next(value);
      }
      return step.value;
    };
  },
};

/** A function that returns an Observable, which subscribes to each operation in turn. */
const observableStyle: Style = {
  name: "observable",
  body<A extends unknown[], R>(steps: (...args: A) => Steps<R>) {
    return (...args: A) =>
      new Observable<R>((subscriber) => {
        const walk = steps(...args);
        advance(walk, subscriber, () => walk.next(undefined));
      });
  },
};

function advance<R>(
  walk: Steps<R>,
  subscriber: Subscriber<R>,
  resume: () => IteratorResult<Operation<unknown>, R>,
): void {
  let step: IteratorResult<Operation<unknown>, R>;
  try {
    step = resume();
  } catch (error) {
    subscriber.error(error);
    return;
  }
  if (step.done === true) {
    subscriber.next(step.value);
    subscriber.complete();
  } else step.value.subscribe(new Link(walk, subscriber));
}

/** A link of the chain, as every operator of RxJS makes one: its destination is the subscriber that the chain ends in. */
class Link<R> extends Subscriber<unknown> {
  private readonly walk: Steps<R>;
  private readonly end: Subscriber<R>;
  private value: unknown = undefined;

  constructor(walk: Steps<R>, end: Subscriber<R>) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the way in which RxJS 7 links its own operators
    super(end);
    this.walk = walk;
    this.end = end;
  }

  protected override _next(value: unknown): void {
    this.value = value;
  }

  protected override _error(error: unknown): void {
    this.unsubscribe();
    advance(this.walk, this.end, () => this.walk.throw(error));
  }

  protected override _complete(): void {
    this.unsubscribe();
    advance(this.walk, this.end, () => this.walk.next(this.value));
  }
}

/** The styles that every law is checked in. */
export const styles: readonly Style[] = [asyncStyle, generatorStyle, observableStyle];
