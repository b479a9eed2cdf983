import { finalize, interval, Observable, of, Subject, take, throwError } from "rxjs";
import { iterate, type PushOptions, sleep, taskGroup } from "anyrx";
import { everywhere, thrownBy } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

/** The four loops of `rxjs-for-await`, as overflow policies; and what each makes of the same source. */
const loops: Record<string, { options: PushOptions; sync: number[]; bursts: number[] }> = {
  // Every value.
  eachValueFrom: {
    options: { overflow: "error", maxBufferSize: Infinity },
    sync: [1, 2, 3],
    bursts: [0, 1, 2, 3, 4, 5, 6],
  },
  // The latest one, for a loop that is busy; one that waits gets the first that comes.
  latestValueFrom: { options: { overflow: "latest" }, sync: [3], bursts: [0, 2, 3, 4, 5, 6] },
  // The next one to come, once the loop waits.
  nextValueFrom: { options: { overflow: "dropNewest", maxBufferSize: 0 }, sync: [], bursts: [0, 3, 5] },
};

for (const [name, { options, sync, bursts }] of Object.entries(loops)) {
  describe(`iterate() as ${name}()`, () => {
    mayWait("interval() has timers of the host");

    everywhere("loops over what is emitted at once", async () => {
      const seen: number[] = [];
      for await (const n of iterate(of(1, 2, 3), options)) seen.push(n);
      expect(seen).toEqual(sync);
    });

    everywhere("loops over what is emitted in time", async () => {
      const seen: number[] = [];
      for await (const n of iterate(interval(1).pipe(take(3)), options)) seen.push(n);
      expect(seen).toEqual([0, 1, 2]);
    });

    for (const error of [new Error("bad"), undefined, null, 0, ""]) {
      everywhere(`throws the error of the source as it is: ${String(error) || "an empty text"}`, async () => {
        const failing = throwError(() => error as unknown);
        let thrown = { error: "nothing" as unknown };
        try {
          for await (const _ of iterate(failing, options));
        } catch (caught) {
          thrown = { error: caught };
        }
        expect(thrown).toEqual({ error });
      });
    }

    everywhere("unsubscribes when the loop throws, before that is caught", async () => {
      const log: unknown[] = [];
      const source = interval(1).pipe(
        take(10),
        finalize(() => log.push("finalized")),
      );
      const thrown = await thrownBy(async () => {
        for await (const n of iterate(source, options)) {
          log.push(n);
          if (n === 1) throw new RangeError("enough");
        }
      });
      expect(thrown).toBeInstanceOf(RangeError);
      expect(log).toEqual([0, 1, "finalized"]);
    });

    everywhere("takes of bursts, which come while the loop is busy, what its policy says", async () => {
      const source = new Subject<number>();
      const seen: number[] = [];
      await taskGroup(async (tg) => {
        const ready = new Subject<void>();
        tg.startSoon(async () => {
          for await (const n of iterate(source, options)) {
            seen.push(n);
            await new Promise<void>((next) => ready.subscribe(() => next()));
          }
        });
        for (const burst of [
          [0, 1, 2],
          [3, 4],
          [5, 6],
        ]) {
          await sleep(1);
          for (const n of burst) source.next(n);
          for (let i = 0; i < 3; i++) {
            await sleep(1);
            ready.next();
          }
        }
        await sleep(1);
        source.complete();
        for (let i = 0; i < 3; i++) {
          await sleep(1);
          ready.next();
        }
      });
      expect(seen).toEqual(bursts);
      expect(source.observed).toBeFalse();
    });

    everywhere("takes nothing more once the loop was left", async () => {
      const source = new Subject<number>();
      const seen: number[] = [];
      await taskGroup(async (tg) => {
        const loop = tg.startSoon(async () => {
          for await (const n of iterate(source, options)) {
            seen.push(n);
            if (seen.length === 2) return;
          }
        });
        for (let n = 0; n < 4; n++) {
          await sleep(1);
          source.next(n);
        }
        await loop;
        expect(source.observed).toBeFalse();
      });
      expect(seen).toEqual([0, 1]);
    });

    everywhere("unsubscribes from a source that emits without end as it is subscribed to", async () => {
      let emitted = 0;
      const endless = new Observable<number>((subscriber) => {
        while (!subscriber.closed && emitted < 100) subscriber.next(emitted++);
        subscriber.complete();
      });
      for await (const _ of iterate(endless.pipe(take(5)), options));
      expect(emitted).toBe(5);
    });
  });
}
