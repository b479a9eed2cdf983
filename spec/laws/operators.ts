/**
 * One more style: an Observable as people write it, a chain of operators of RxJS, of which each operation is a link.
 */

import { catchError, defer, EMPTY, expand, last, map, type Observable, of } from "rxjs";
import type { Steps, Style } from "anyrx/testing/laws";

type Step<R> = ReturnType<Steps<R>["next"]>;
type Turn<R> = { readonly resume: () => Step<R> } | { readonly value: R };

export const operators: Style = {
  name: "operators",
  body<A extends unknown[], R>(steps: (...args: A) => Steps<R>) {
    return (...args: A): Observable<R> =>
      defer(() => {
        const walk = steps(...args);
        const follow = (step: Step<R>): Observable<Turn<R>> =>
          step.done === true
            ? of({ value: step.value })
            : step.value.pipe(
                map((value) => ({ resume: () => walk.next(value) })),
                catchError((error: unknown) => of({ resume: () => walk.throw(error) })),
              );
        return of<Turn<R>>({ resume: () => walk.next(undefined) }).pipe(
          expand((turn) => ("resume" in turn ? follow(turn.resume()) : EMPTY)),
          last(),
          map((turn) => (turn as { value: R }).value),
        );
      });
  },
};
