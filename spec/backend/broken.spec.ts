import { isCancelled, run, sleep, sleepUntil } from "anyrx";
import type { Job, RunControl } from "anyrx/backend";
import { checkLaws, type LawReport, laws, styles } from "anyrx/testing/laws";
import { gameLaws } from "../../demo/game-laws.ts";
import { GameLoop } from "../../demo/game-loop.ts";
import { mayWait } from "../support/real-time.ts";

const nothing: Disposable = { [Symbol.dispose]: () => undefined };

/** Backends with one defect each, by the law that says so best. */
const defects: Record<string, new () => GameLoop> = {
  "L3: defer() runs jobs in the order in which they were deferred": class extends GameLoop {
    override readonly name = "last in, first out";
    override defer(job: Job) {
      this.jobs.unshift(job);
    }
  },
  "L1: defer() never runs a job inside of the caller": class extends GameLoop {
    override readonly name = "inside";
    override defer(job: Job) {
      job.run();
    }
  },
  "L4: arm() never runs a job inside of the caller, whatever the deadline": class extends GameLoop {
    override readonly name = "due inside";
    override arm(deadline: number, job: Job) {
      if (deadline > this.time) return super.arm(deadline, job);
      job.run();
      return nothing;
    }
  },
  "L4: a timer fires once the clock reads its deadline, and not before": class extends GameLoop {
    override readonly name = "early";
    override arm(deadline: number, job: Job) {
      return super.arm(Math.max(deadline - 4, this.time + 1), job);
    }
  },
  "L5: a deadline in the past is due at once": class extends GameLoop {
    override readonly name = "never in the past";
    override arm(deadline: number, job: Job) {
      return deadline < this.time ? nothing : super.arm(deadline, job);
    }
  },
  "L5: a deadline farther away than timers of a host can keep does not fire at once": class extends GameLoop {
    override readonly name = "31 bits";
    override arm(deadline: number, job: Job) {
      return super.arm(deadline - this.time >= 2 ** 31 ? this.time + 1 : deadline, job);
    }
  },
  "L6: a timer that was disposed of never fires, and others do": class extends GameLoop {
    override readonly name = "never forgets";
    override arm(deadline: number, job: Job) {
      super.arm(deadline, job);
      return nothing;
    }
  },
  "L6: to dispose of a timer that has fired does nothing": class extends GameLoop {
    override readonly name = "disposes of its neighbor";
    private readonly armed: Disposable[] = [];
    override arm(deadline: number, job: Job) {
      let fired = false;
      const at = this.armed.length;
      const timer = super.arm(deadline, {
        run() {
          fired = true;
          job.run();
        },
      });
      this.armed.push(timer);
      return {
        [Symbol.dispose]: () => {
          this.armed[fired ? at + 1 : at]?.[Symbol.dispose]();
        },
      };
    }
  },
  "L2: the clock reads a finite number, and never goes back": class extends GameLoop {
    override readonly name = "back and forth";
    override now() {
      return this.time % 7;
    }
  },
  "L7: hold() gives something to dispose of, once or twice, and keeps nothing from running meanwhile": class extends GameLoop {
    override readonly name = "held";
    private holds = 0;
    override hold() {
      this.holds++;
      return {
        [Symbol.dispose]: () => {
          this.holds--;
        },
      };
    }
    override tick(ms: number) {
      if (this.holds === 0) super.tick(ms);
    }
  },
  "F5: two tasks that exchange items for ever do not keep a timer from firing": class extends GameLoop {
    override readonly name = "starving";
    override tick(ms: number) {
      super.tick(this.jobs.length > 0 ? 0 : ms);
    }
  },
};

/** Those that say it best, and some of what breaks with them. */
const some = laws.filter(({ id }) => /^(L|G1$|F5)/.test(id));

function check(make: new () => GameLoop): Promise<LawReport> {
  return checkLaws(
    { ...gameLaws(() => new make()), patience: 100 },
    { laws: some, styles: styles.slice(1, 2), concurrency: 1 },
  );
}

describe("A broken backend", () => {
  mayWait("who gives up on a program waits for it first");

  for (const [law, make] of Object.entries(defects)) {
    it(`${new make().name}: is told that it breaks ${law}`, async () => {
      const report = await check(make);
      expect(report.ok).toBeFalse();
      const [headline, , first] = String(report).split("\n");
      expect(headline).toMatch(
        new RegExp(
          `^Cannot accept the backend "${new make().name}": it breaks \\d+ of ${some.length} laws; mend the first one first$`,
        ),
      );
      expect(first).toBe(`${law} (generator style)`);
    });
  }

  it("is told nothing more than what is wrong: the game itself keeps everything", async () => {
    expect(String(await check(GameLoop))).toBe(`The backend "game" keeps all ${some.length} laws, in generator style`);
  });
});

/** Cancels its run as soon as it is asked for a timer. */
class Quitter extends GameLoop {
  override readonly name = "quitter";
  armed = 0;
  private run: RunControl | null = null;
  enter(run: RunControl) {
    this.run = run;
  }
  override arm(deadline: number, job: Job) {
    this.armed++;
    this.run?.cancel("it has no timers");
    const timer = super.arm(deadline, job);
    return {
      [Symbol.dispose]: () => {
        this.armed--;
        timer[Symbol.dispose]();
      },
    };
  }
}

describe("A backend that cancels its run inside of arm()", () => {
  for (const [title, nap] of [
    ["sleep()", () => sleep(10)],
    ["sleepUntil()", () => sleepUntil(10)],
  ] as const) {
    it(`has ${title} throw that cancellation, and keeps no timer`, async () => {
      const game = new Quitter();
      const done = run(
        function* () {
          yield* nap();
        },
        { backend: game },
      );
      game.tick(20);
      await expectAsync(done).toBeRejected();
      await done.catch((error: unknown) => {
        expect(isCancelled(error)).toBeTrue();
      });
      expect(game.armed).toBe(0);
    });
  }
});
