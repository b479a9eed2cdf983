import {
  concatMap,
  exhaustMap,
  finalize,
  identity,
  map,
  mergeMap,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  of,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
} from "rxjs";
import { currentTime, moveOnAfter, type Operation, operation, sleep, taskGroup } from "anyrx";
import { LONG, named, thrownBy, virtually } from "../field/everywhere.ts";

type Flatten = (project: (n: number) => ObservableInput<number>) => OperatorFunction<number, number>;

const operators: Record<string, Flatten> = {
  switchMap: (project) => switchMap(project),
  mergeMap: (project) => mergeMap(project),
  concatMap: (project) => concatMap(project),
  exhaustMap: (project) => exhaustMap(project),
};

const boom = new RangeError("boom");

/** Work of 10 ms, of every style, with a cleanup of 5 ms. Negative numbers fail. */
function workOf(style: string, log: string[]): (n: number) => Operation<number> {
  const cleanUp = (n: number, how: string) =>
    moveOnAfter(
      LONG,
      function* () {
        yield* sleep(5);
        log.push(`${how} ${String(n)}@${String(currentTime())}`);
      },
      { shield: true },
    );
  if (style === "generator") {
    return operation(function* (n: number) {
      log.push(`begin ${String(n)}`);
      let how = "cancelled";
      try {
        yield* sleep(10);
        how = "done";
        if (n < 0) throw boom;
        return n;
      } finally {
        yield* cleanUp(n, how);
      }
    });
  }
  return operation(async (n: number) => {
    log.push(`begin ${String(n)}`);
    let how = "cancelled";
    try {
      await sleep(10);
      how = "done";
      if (n < 0) throw boom;
      return n;
    } finally {
      await cleanUp(n, how);
    }
  });
}

/** Which of 1 and 2, which come 3 ms apart, are begun, and which of those is cancelled by the operator itself. */
const fate: Record<string, { begun: string[]; first: string }> = {
  switchMap: { begun: ["begin 1", "begin 2"], first: "cancelled 1@8" },
  mergeMap: { begun: ["begin 1", "begin 2"], first: "" },
  concatMap: { begun: ["begin 1"], first: "" },
  exhaustMap: { begun: ["begin 1"], first: "" },
};

for (const [name, flatten] of Object.entries(operators)) {
  const { begun, first } = fate[name]!;
  for (const style of ["async", "generator"]) {
    describe(`${name} over an operation (${style})`, () => {
      /** Has 1 come at 0 and 2 at 3, then does what `end` says at 6, and logs everything until all of it is over. */
      async function played(
        end: (source: Subject<number>, result: { unsubscribe(): void }) => void,
        around: (flattened: Observable<number>) => Observable<number> = identity,
        project: (work: (n: number) => Operation<number>) => (n: number) => ObservableInput<number> = identity,
      ): Promise<string[]> {
        const log: string[] = [];
        const source = new Subject<number>();
        await taskGroup(async () => {
          const flattened = source.pipe(flatten(project(workOf(style, log))));
          const result = around(flattened).subscribe({
            next: (n) => log.push(`got ${String(n)}@${String(currentTime())}`),
            error: (error: unknown) => log.push(`${named(error)}@${String(currentTime())}`),
            complete: () => log.push(`complete@${String(currentTime())}`),
          });
          source.next(1);
          await sleep(3);
          source.next(2);
          await sleep(3);
          end(source, result);
          log.push(`observed: ${String(source.observed)}`);
          await sleep(60);
        });
        return log;
      }
      const running = begun.length === 2 && first === "" ? ["1", "2"] : [first === "" ? "1" : "2"];
      const cancelled = running.map((n) => `cancelled ${n}@11`);

      virtually("finishes what runs when the source completes", async () => {
        const log = await played((source) => source.complete());
        expect(log.filter((line) => /got|complete/.test(line))).toEqual(
          {
            switchMap: ["got 2@18", "complete@18"],
            mergeMap: ["got 1@15", "got 2@18", "complete@18"],
            concatMap: ["got 1@15", "got 2@30", "complete@30"],
            exhaustMap: ["got 1@15", "complete@15"],
          }[name]!,
        );
      });

      virtually("cancels what runs when the source fails; its error is not delayed by their cleanup", async () => {
        const log = await played((source) => source.error(boom));
        expect(log).toEqual([
          ...begun,
          "RangeError@6",
          "observed: false",
          ...(first === "" ? [] : [first]),
          ...cancelled,
        ]);
      });

      for (const [how, around] of [
        ["directly", identity],
        [
          "through other operators",
          (flattened: Observable<number>) =>
            flattened.pipe(
              map(identity),
              tap(),
              finalize(() => undefined),
            ),
        ],
      ] as const) {
        virtually(`cancels what runs when it is unsubscribed ${how}, and unsubscribes from the source`, async () => {
          const log = await played((_source, result) => result.unsubscribe(), around);
          expect(log).toEqual([...begun, "observed: false", ...(first === "" ? [] : [first]), ...cancelled]);
        });
      }

      virtually("cancels what runs when the project function throws", async () => {
        const log = await played(
          (source) => source.next(3),
          identity,
          (work) => (n) => {
            if (n === 3) throw boom;
            return work(n);
          },
        );
        if (name === "concatMap") expect(log).toContain("RangeError@30");
        else if (name === "exhaustMap") expect(log).not.toContain("begin 3");
        else
          expect(log).toEqual([
            ...begun,
            "RangeError@6",
            "observed: false",
            ...(first === "" ? [] : [first]),
            ...cancelled,
          ]);
      });

      virtually("fails with the first of them that fails, and cancels the others", async () => {
        const log: string[] = [];
        const work = workOf(style, log);
        const error = await thrownBy(() =>
          taskGroup(() => of(...(name === "exhaustMap" ? [-1] : [7, -1])).pipe(flatten(work))),
        );
        expect(named((error as { errors: unknown[] }).errors[0])).toBe("RangeError");
        expect(log.filter((line) => line.includes("-1")).at(-1)).toBe(`done -1@${name === "concatMap" ? "30" : "15"}`);
      });

      virtually("begins nothing more of a synchronous source once it is unsubscribed", async () => {
        const log: string[] = [];
        const instant = operation((n: number) => (log.push(`begin ${String(n)}`), n));
        await taskGroup(() => of(1, 2, 3).pipe(flatten(instant), take(1)));
        expect(log).toEqual(["begin 1"]);
      });

      virtually("passes on the failure of a source that never began anything", async () => {
        const log: string[] = [];
        const error = await thrownBy(() => taskGroup(() => throwError(() => boom).pipe(flatten(workOf(style, log)))));
        expect([(error as { errors: unknown[] }).errors, log]).toEqual([[boom], []]);
      });
    });
  }
}

describe("flattening over an operation", () => {
  virtually("concatMap begins the next when the cleanup of the last one is over", async () => {
    const log: string[] = [];
    await taskGroup(() => of(1, 2).pipe(concatMap(workOf("async", log))));
    expect(log).toEqual(["begin 1", "done 1@15", "begin 2", "done 2@30"]);
  });

  virtually("mergeMap runs no more than its concurrency, and the next as soon as one has ended", async () => {
    const log: string[] = [];
    await taskGroup(() => of(1, 2, 3).pipe(mergeMap(workOf("async", log), 2)));
    expect(log).toEqual(["begin 1", "begin 2", "done 1@15", "begin 3", "done 2@15", "done 3@30"]);
  });

  virtually("switchMap over a burst runs the last one to its end, and cleans up the others side by side", async () => {
    const log: string[] = [];
    await taskGroup(() => of(1, 2, 3).pipe(switchMap(workOf("async", log))));
    expect(log).toEqual(["begin 1", "begin 2", "begin 3", "cancelled 1@5", "cancelled 2@5", "done 3@15"]);
  });

  virtually("exhaustMap takes the next only when the cleanup of the last one is over", async () => {
    const log: string[] = [];
    const source = new Subject<number>();
    await taskGroup(async () => {
      source.pipe(exhaustMap(workOf("async", log))).subscribe();
      for (const n of [1, 2, 3]) {
        source.next(n);
        await sleep(8);
      }
      source.complete();
    });
    expect(log).toEqual(["begin 1", "done 1@15", "begin 3", "done 3@31"]);
  });
});
