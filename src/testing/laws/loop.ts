/**
 * Laws of the loop: what the port asks of an engine, method by method.
 *
 * Whoever breaks one of these breaks others with it, which tell less. So they come first.
 *
 * @module
 */

import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";

/** More jobs than engines run before they let timers and I/O have a turn. */
const MANY = 50;

/** A job that writes `text`, and whether it was called from within the call that it was made for. */
function told(k: Kit, text: string): { run(): void; over: boolean } {
  return {
    over: false,
    run() {
      k.log(this.over ? text : `${text}, inside of the caller`);
    },
  };
}

/** L1 to L7. */
export const loop: readonly Law[] = [
  {
    id: "L1",
    title: "defer() never runs a job inside of the caller",
    *body(k) {
      const job = told(k, "job");
      k.backend.defer(job);
      job.over = true;
      k.log("deferred");
      // No timer: those may be broken as well.
      for (let i = 0; i < 200; i++) yield checkpoint();
    },
    expected: ["deferred", "job"],
  },
  {
    id: "L2",
    title: "the clock reads a finite number, and never goes back",
    *body(k) {
      const { backend } = k;
      const readings = [backend.now()];
      for (const delay of [0, 5, 0, 5]) {
        yield k.sleep(delay);
        readings.push(backend.now(), backend.now());
      }
      const wrong = readings.filter((time, i) => !Number.isFinite(time) || time < (readings[i - 1] ?? -Infinity));
      k.log(wrong.length === 0 ? "forward" : readings.join(" "));
      k.log((readings.at(-1) ?? 0) > (readings[0] ?? 0) ? "it moves" : "it stands still");
    },
    expected: ["forward", "it moves"],
  },
  {
    id: "L3",
    title: "defer() runs jobs in the order in which they were deferred",
    *body(k) {
      const order: number[] = [];
      for (let n = 1; n <= MANY; n++) k.backend.defer({ run: () => void order.push(n) });
      yield k.until(20);
      k.log(order.every((n, i) => n === i + 1) ? `${order.length} in order` : order.join(" "));
    },
    expected: [`${MANY} in order`],
  },
  {
    id: "L3",
    title: "a job that is deferred by a job runs after those that are waiting",
    *body(k) {
      const { backend } = k;
      backend.defer({
        run() {
          k.log("first");
          backend.defer({
            run: () => {
              k.log("third");
            },
          });
        },
      });
      backend.defer({
        run: () => {
          k.log("second");
        },
      });
      yield k.until(20);
    },
    expected: ["first", "second", "third"],
  },
  {
    id: "L4",
    title: "arm() never runs a job inside of the caller, whatever the deadline",
    *body(k) {
      for (const deadline of [k.at(0) - 1_000, k.backend.now(), k.at(10)]) {
        const job = told(k, "fired");
        k.backend.arm(deadline, job);
        job.over = true;
      }
      yield k.until(20);
      const inside = k.entries.filter(({ text }) => text !== "fired").length;
      k.log(inside === 0 ? "never" : `${inside} times`);
      k.entries.splice(0, k.entries.length - 1);
    },
    expected: ["never"],
  },
  {
    id: "L4",
    title: "a timer fires once the clock reads its deadline, and not before",
    *body(k) {
      const { backend } = k;
      for (const time of [30, 10, 20]) {
        const deadline = k.at(time) + 0.25;
        backend.arm(deadline, {
          run: () => {
            k.log(backend.now() >= deadline ? String(time) : `${time}, early`);
          },
        });
      }
      yield k.until(50);
    },
    expected: ["10", "20", "30"],
  },
  {
    id: "L4",
    title: "a timer does not wait for one that was armed before it and is due later",
    *body(k) {
      const later = k.backend.arm(k.at(1_000), { run: () => undefined });
      k.backend.arm(k.at(10), {
        run: () => {
          k.log("ten");
        },
      });
      yield k.until(20);
      later[Symbol.dispose]();
    },
    expected: ["ten@10"],
  },
  {
    id: "L5",
    title: "a deadline in the past is due at once",
    *body(k) {
      yield k.until(10);
      for (const deadline of [k.at(0), k.at(0) - 1_000_000, -Number.MAX_VALUE]) {
        k.backend.arm(deadline, {
          run: () => {
            k.log("fired");
          },
        });
      }
      yield k.until(30);
    },
    expected: ["fired@10", "fired@10", "fired@10"],
  },
  {
    id: "L5",
    title: "a deadline farther away than timers of a host can keep does not fire at once",
    *body(k) {
      const { backend } = k;
      for (const delay of [2 ** 31, 2 ** 33]) {
        const timer = backend.arm(backend.now() + delay, {
          run: () => {
            k.log(`fired: ${delay}`);
          },
        });
        yield k.sleep(10);
        timer[Symbol.dispose]();
      }
      k.log("waits");
    },
    expected: ["waits"],
  },
  {
    id: "L6",
    title: "a timer that was disposed of never fires, and others do",
    *body(k) {
      const arm = (name: string) =>
        k.backend.arm(k.at(10), {
          run: () => {
            k.log(name);
          },
        });
      const forgotten = arm("forgotten");
      arm("kept");
      forgotten[Symbol.dispose]();
      forgotten[Symbol.dispose]();
      yield k.until(30);
    },
    expected: ["kept"],
  },
  {
    id: "L6",
    title: "to dispose of a timer that has fired does nothing",
    *body(k) {
      const { backend } = k;
      const fired = backend.arm(k.at(10), { run: () => undefined });
      const other = backend.arm(k.at(20), {
        run: () => {
          k.log("other");
          other[Symbol.dispose]();
        },
      });
      yield k.until(15);
      fired[Symbol.dispose]();
      yield k.until(30);
    },
    expected: ["other"],
  },
  {
    id: "L7",
    title: "hold() gives something to dispose of, once or twice, and keeps nothing from running meanwhile",
    *body(k) {
      const { backend } = k;
      const held = backend.hold("a law");
      backend.defer({
        run: () => {
          k.log("job");
          held[Symbol.dispose]();
          held[Symbol.dispose]();
        },
      });
      yield k.until(10);
      k.log("over");
    },
    expected: ["job", "over"],
  },
];
