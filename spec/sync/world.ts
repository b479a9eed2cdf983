/**
 * The world of a random program: tasks that use locks, a semaphore, a limiter, a condition and a stream, and who are meddled with.
 *
 * Whatever the program is, it cannot get stuck by itself: turns are taken in one order, nothing else is waited for while one is held, and who waits
 * for an item or a flag that nobody has may wait until the end.
 *
 * @module
 */

import {
  CancelScope,
  CapacityLimiter,
  checkpoint,
  Condition,
  createMemoryObjectStream,
  currentTask,
  Event,
  isCancelled,
  type Lease,
  Lock,
  type Operation,
  Semaphore,
  sleep,
  type Task,
  taskGroup,
} from "anyrx";
import { type Steps, type Style, styles } from "anyrx/testing/laws";

/** What a task does in one step. */
export type Step =
  | {
      /** Takes turns, one inside the other, and does so many checkpoints inside. */
      readonly kind: "section";
      readonly turns: readonly number[];
      readonly pause: number;
      readonly how: "lease" | "release" | "hold";
    }
  /** Sends an item, receives one, waits for a flag and takes it, puts one up. */
  | { readonly kind: "send" | "receive" | "await" | "signal" }
  /** The same as a subscriber, who may be made to unsubscribe. */
  | {
      readonly kind: "subscribe";
      readonly to: readonly number[] | "receive" | "await";
      readonly pause: number;
      readonly how: "lease" | "hold";
    };

/** What is done to a task at the next step of the world, whoever takes it. */
export interface Action {
  readonly who: number;
  readonly what: "nothing" | "cancel the step" | "unsubscribe" | "cancel the task";
}

/** A program. Tasks write in the style of their number. */
export interface Program {
  readonly buffer: number;
  readonly permits: number;
  readonly tokens: number;
  readonly scripts: readonly { readonly style: number; readonly steps: readonly Step[] }[];
  readonly actions: readonly Action[];
}

/** Something that so many at a time have. */
interface Turn {
  readonly thing: Lock | Semaphore | CapacityLimiter;
  readonly room: number;
  inside: number;
}

/** A task of the program, and how to meddle with it. */
interface Actor {
  readonly style: Style;
  scope: CancelScope;
  unsubscribe(): void;
}

/** Plays one program. */
export class World {
  /** What went wrong. */
  readonly problems: string[] = [];
  private readonly program: Program;
  private readonly turns: readonly Turn[];
  private readonly condition: Condition;
  private readonly ends;
  private readonly sent: number[] = [];
  private readonly received: number[] = [];
  private readonly actors: readonly Actor[];
  private tasks: readonly Task[] = [];
  private flags = 0;
  private items = 0;
  private steps = 0;

  constructor(program: Program) {
    this.program = program;
    const lock = new Lock({ name: "first" });
    this.condition = new Condition(lock);
    this.turns = [
      { thing: lock, room: 1, inside: 0 },
      { thing: new Lock({ name: "second" }), room: 1, inside: 0 },
      { thing: new Semaphore(program.permits, { maxValue: program.permits }), room: program.permits, inside: 0 },
      { thing: new CapacityLimiter(program.tokens), room: program.tokens, inside: 0 },
    ];
    this.ends = createMemoryObjectStream<number>(program.buffer);
    this.actors = program.scripts.map(({ style }) => ({
      style: styles[style] as Style,
      scope: new CancelScope(),
      unsubscribe: () => undefined,
    }));
  }

  /** Plays it to the end, and looks for what must not be on the way. */
  async play(): Promise<void> {
    await taskGroup(async (tg) => {
      this.tasks = this.program.scripts.map(({ steps }, i) =>
        tg.startSoon(this.script(this.actors[i] as Actor, steps), { name: String(i) }),
      );
      while (this.steps < this.program.actions.length) {
        await checkpoint();
        this.tick();
      }
      await sleep(1); // The clock goes on when nobody else can.
      this.lookAtStandstill();
      tg.cancel();
    });
    this.lookAtStandstill();
    const { currentBufferUsed: left } = this.ends[1].statistics();
    for (let i = 0; i < left; i++) this.received.push(this.ends[1].receiveNowait());
    const [sent, received] = [this.sent, this.received].map((list) => list.toSorted((a, b) => a - b).join(" "));
    this.check(sent === received, `sent ${sent ?? ""}, received ${received ?? ""}`);
  }

  /** A step of the world: between any two of a task, also where somebody was granted something and does not know it yet. */
  private tick(): void {
    this.look();
    const action = this.program.actions[this.steps++];
    if (action === undefined) return;
    const who = action.who % this.actors.length;
    if (action.what === "cancel the task") this.tasks[who]?.cancel();
    else if (action.what === "cancel the step") this.actors[who]?.scope.cancel();
    else if (action.what === "unsubscribe") this.actors[who]?.unsubscribe();
  }

  private script(actor: Actor, steps: readonly Step[]): () => unknown {
    const { style } = actor;
    return style.body(
      function* (this: World): Steps<void> {
        for (const step of steps) {
          actor.scope = new CancelScope();
          yield actor.scope.enter(style.body(() => this.step(actor, step)));
        }
      }.bind(this),
    );
  }

  private *step(actor: Actor, step: Step): Steps<void> {
    if (step.kind === "section") yield* this.section(actor.style, step.turns, step.pause, step.how);
    else if (step.kind === "subscribe") yield taskGroup(actor.style.body(() => this.subscribed(actor, step)));
    else if (step.kind === "send") {
      const item = this.items++;
      yield this.ends[0].send(item);
      this.sent.push(item);
      this.tick();
    } else if (step.kind === "receive") this.received.push((yield this.ends[1].receive()) as number);
    else if (step.kind === "await") yield this.flagTaken(actor.style);
    else {
      yield this.condition.hold(() => {
        this.flags++;
        this.condition.notify();
        this.tick();
      });
      this.tick();
    }
  }

  private *section(style: Style, turns: readonly number[], pause: number, how: string): Steps<void> {
    const [first, ...rest] = turns;
    if (first === undefined) {
      for (let i = 0; i < pause; i++) yield checkpoint();
      return;
    }
    const turn = this.turns[first] as Turn;
    const { thing } = turn;
    if (how === "hold") yield thing.hold(style.body(() => this.inside(turn, this.section(style, rest, pause, how))));
    else {
      const lease = (yield thing.acquire()) as Lease;
      try {
        yield* this.inside(turn, this.section(style, rest, pause, how));
      } finally {
        if (how === "lease") lease[Symbol.dispose]();
        else thing.release();
        this.tick();
      }
    }
  }

  private *inside(turn: Turn, steps: Steps<void>): Steps<void> {
    turn.inside++;
    this.tick();
    try {
      yield* steps;
    } finally {
      turn.inside--;
    }
  }

  /** Subscribes, and waits until that has ended, or was ended. What it leaves behind is waited for by the group around it. */
  private *subscribed(actor: Actor, step: Step & { readonly kind: "subscribe" }): Steps<void> {
    const over = new Event();
    const subscription = this.wanted(actor.style, step).subscribe({
      next: (value) => {
        if (step.to === "receive") this.received.push(value as number);
        else if (step.how === "lease" && step.to !== "await") (value as Lease)[Symbol.dispose]();
      },
      error: (error: unknown) => {
        this.check(isCancelled(error), String(error));
        over.set();
      },
      complete: () => over.set(),
    });
    actor.unsubscribe = () => {
      subscription.unsubscribe();
      over.set();
    };
    try {
      yield over.wait();
    } finally {
      subscription.unsubscribe();
    }
  }

  private wanted(style: Style, { to, pause, how }: Step & { readonly kind: "subscribe" }): Operation<unknown> {
    if (to === "receive") return this.ends[1].receive();
    if (to === "await") return this.flagTaken(style);
    const [first, ...rest] = to;
    const turn = this.turns[first ?? 0] as Turn;
    if (how === "lease") return turn.thing.acquire();
    return turn.thing.hold(style.body(() => this.inside(turn, this.section(style, rest, pause, "lease"))));
  }

  /** Waits for a flag, and takes it. Cancelled or not, it has the lock again when the wait is over. */
  private flagTaken(style: Style): Operation<unknown> {
    const { condition } = this;
    const wait = function* (this: World): Steps<void> {
      try {
        yield condition.waitFor(() => this.flags > 0 && this.flags--);
      } finally {
        const { owner } = condition.statistics().lockStatistics;
        this.check(owner?.id === currentTask().id, `a wait ended, and ${owner?.name ?? "nobody"} has the lock`);
      }
    };
    return condition.hold(style.body(wait.bind(this)));
  }

  /** At any time. */
  private look(): void {
    for (const { thing, room, inside } of this.turns) {
      this.check(inside <= room, `${inside} inside of ${String(thing)}`);
      if (thing instanceof CapacityLimiter) {
        this.check(thing.borrowedTokens <= thing.totalTokens, `${thing.borrowedTokens} borrowed from ${String(thing)}`);
      }
    }
  }

  /** When nobody can go on: everything is free, and nobody waits for what is there. */
  private lookAtStandstill(): void {
    this.look();
    for (const { thing, inside } of this.turns) {
      const waiting = thing.statistics().tasksWaiting;
      this.check(inside === 0 && waiting === 0, `${inside} inside of ${String(thing)}, ${waiting} waiting`);
      if (thing instanceof Lock) this.check(!thing.locked(), `${String(thing)} is never released`);
      else if (thing instanceof Semaphore) this.check(thing.value === thing.maxValue, `${String(thing)} lost a permit`);
      else this.check(thing.borrowedTokens === 0, `${String(thing)} lost a token`);
    }
    const { tasksWaiting } = this.condition.statistics();
    this.check(this.flags === 0 || tasksWaiting === 0, `${tasksWaiting} wait for the ${this.flags} flags that are up`);
    const { currentBufferUsed, tasksWaitingReceive, tasksWaitingSend } = this.ends[0].statistics();
    this.check(
      tasksWaitingReceive === 0 || currentBufferUsed + tasksWaitingSend === 0,
      "a receiver waits for what is there",
    );
    this.check(
      tasksWaitingSend === 0 || currentBufferUsed >= this.program.buffer,
      "a sender waits though there is room",
    );
  }

  private check(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem);
  }
}
