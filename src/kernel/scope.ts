/**
 * Scopes: the tree along which cancellation travels.
 *
 * A scope keeps one list of members: the waits that go on inside it, the scopes nested in it, and whoever asked to be told. Cancelling walks
 * the tree from the cancelled scope down, once, and marks every scope it reaches with the `Cancelled` to throw (`_interrupt`). From then on
 * the question that each new wait asks, "am I cancelled?", is the reading of one field.
 *
 *     new ──_open──▶ active ──_close──▶ over          `cancel()` is allowed in each; after "over" it only sets the flag
 *
 * Where a cancel is delivered: `cancel` → `spread` → `_tell` of each member (for a wait: `Waiter._tell`).
 *
 * This is one noun, the node; the walk over the tree is at its end. The doors that users enter by are in `cancel-scope.ts`.
 *
 * @module
 */

import { shownByItsString } from "../base/shown-as.ts";
import { Cancelled, type CancelSource, isCancelled, isTaskGroupError, UsageError } from "../base/errors.ts";
import type { AbortControl, HostAbortSignal } from "../port/host.ts";
import { bound } from "./binding.ts";
import { checkedDeadline, checkedShield } from "./checks.ts";
import type { Engine } from "./engine.ts";
import type { Owner } from "./holding.ts";
import { instruments } from "./instruments.ts";

/** The group that answers for the work done in a scope: it waits for that work to end, and receives errors that nobody else can. */
export interface Crew {
  /** The group's name. */
  readonly name: string;
  /** @internal Work begins. */
  _begin(): void;
  /** @internal Work ended. */
  _end(): void;
  /** @internal A task failed, or work that was left behind in it and that nobody waits for any more. `task` is its name; `null` is the group's body. */
  _fail(error: unknown, task?: Owner | null): void;
}

/** Whom a scope has to tell once it is cancelled: a link of its intrusive list. */
export abstract class Member {
  /** @internal The scope whose member it is. */
  _home: Scope | null = null;
  /** @internal */
  _before: Member | null = null;
  /** @internal */
  _after: Member | null = null;

  /** @internal The home's interruption began (`cancelled`), or ended (`null`: a shield went up). */
  abstract _tell(cancelled: Cancelled | null, wave: Wave): void;

  /** @internal The home is over. `parent` is where what is left of it goes on. */
  _inherit(parent: Scope): void {
    this._part();
    this._join(parent);
    if (parent._interrupt === null) return;
    const wave = waveTo(null);
    this._tell(parent._interrupt, wave);
    deliver(wave);
  }

  /** @internal Joins `scope`, as its last member. */
  _join(scope: Scope): void {
    const last = scope._last;
    this._home = scope;
    this._before = last;
    this._after = null;
    if (last === null) scope._first = this;
    else last._after = this;
    scope._last = this;
  }

  /** @internal Leaves its scope, in O(1). */
  _part(): void {
    const home = this._home;
    if (home === null) return;
    const { _before: before, _after: after } = this;
    if (before === null) home._first = after;
    else before._after = after;
    if (after === null) home._last = before;
    else after._before = before;
    this._home = this._before = this._after = null;
  }
}

/** One cancellation on its way down: the scopes it still has to reach, and the outsiders to call once all of them know. */
export interface Wave {
  readonly scopes: Scope[];
  readonly outsiders: (() => void)[];
  /** The cancellation whose grace has just ended: those who were spared must look again. */
  readonly hardened: Cancelled | null;
}

const ACTIVE = 1;
const OVER = 2;
const SHIELDED = 4;
const EXPIRED = 8;
const CAUGHT = 16;
const SOFT = 32;
const SHOWN = 64;

/** What a shield keeps out: everything; nothing; or, `"soft"`, a cancellation with a grace for as long as that lasts. */
export type Shield = boolean | "soft";

/** A cancellation that gives its softly shielded parts time to finish. */
export interface GracefulCancel {
  /** Why; found again as {@link Cancelled.reason}. */
  readonly reason?: unknown;
  /** How long waits in scopes with the shield `"soft"` may go on, in ms: 0 to `Infinity`. Default 0. */
  readonly grace?: number | undefined;
}

/** Options of a scope. */
export interface CancelScopeOptions {
  /** A reading of the backend's clock, in ms, at which the scope cancels itself. `Infinity` (the default) is none. */
  readonly deadline?: number | undefined;
  /** Whether cancellation from outside stays outside: always, or `"soft"`, for the grace of {@link CancelScope.cancel}. Default `false`. */
  readonly shield?: Shield | undefined;
  /** A name for messages. */
  readonly name?: string | undefined;
}

/** What few scopes have. Most belong to a task and have none of it, and there may be a million of them. */
interface Extras {
  name: string;
  chain: object | null;
  due: number;
  timer: Disposable | null;
  control: AbortControl | null;
}

/** A node of the tree: a part of the program that can be cancelled as a whole. */
export class Scope extends Member {
  static {
    shownByItsString(this.prototype);
  }
  /** @internal */ _engine: Engine = NONE;
  /** @internal The task whose code runs in it. */ _task: Owner = NONE;
  /** @internal The group that answers for what is left behind in it. */ _crew: Crew = NONE;
  /** @internal */ _first: Member | null = null;
  /** @internal */ _last: Member | null = null;
  /** @internal This scope's own cancellation. */ _own: Cancelled | null = null;
  /** @internal What its waits throw: an ancestor's cancellation, else its own. `null` while it is not effectively cancelled. */
  _interrupt: Cancelled | null = null;
  private flags = 0;
  private extras: Extras | null = null;

  constructor(options?: CancelScopeOptions) {
    super();
    if (options === undefined) return;
    const { name = "", deadline = Infinity, shield = false } = options;
    if (shield !== false) this.flags = shieldFlags(shield);
    if (name !== "") this.extra().name = name;
    if (deadline !== Infinity) this.extra().due = checkedDeadline("set a deadline of", deadline);
  }

  /** What it is called in messages. */
  get name(): string {
    return this.extras === null ? "" : this.extras.name;
  }

  /** `CancelScope "request" (active, cancelled)`. */
  override toString(): string {
    const state = this._over ? "over" : this._active ? "active" : "new";
    return `CancelScope${quoted(this.name)} (${state}${this._interrupt === null ? "" : ", cancelled"})`;
  }

  /** Whether {@link CancelScope.cancel} was called on this very scope, or its deadline passed. Never goes back to `false`. */
  get cancelCalled(): boolean {
    return this._own !== null;
  }

  /** Whether this scope's cancellation ended its body: known once it is over. */
  get cancelledCaught(): boolean {
    return (this.flags & CAUGHT) !== 0;
  }

  /** What was given to {@link CancelScope.cancel}; `undefined` while it was not called. */
  get cancelReason(): unknown {
    return this._own?.reason;
  }

  /**
   * When the scope cancels itself: an absolute reading of the backend's clock, in ms. `Infinity` is never.
   *
   * Assigning a time that has passed cancels an active scope at once. Once it has expired, moving it changes nothing.
   *
   * @throws {RangeError} When assigned `NaN`.
   */
  get deadline(): number {
    return this.extras === null ? Infinity : this.extras.due;
  }

  set deadline(deadline: number) {
    this.extra().due = checkedDeadline("set a deadline of", deadline);
    if ((this.flags & ACTIVE) !== 0) this.schedule();
  }

  /** Whether cancellation from outside stays outside. Lowering a shield delivers at once; raising one recalls nothing that is in flight. */
  get shield(): Shield {
    return (this.flags & SOFT) !== 0 ? "soft" : (this.flags & SHIELDED) !== 0;
  }

  set shield(shield: Shield) {
    this.flags = (this.flags & ~(SHIELDED | SOFT)) | shieldFlags(shield);
    if ((this.flags & ACTIVE) !== 0) spread(this);
  }

  /**
   * An `AbortSignal` that is aborted when the scope is effectively cancelled: by itself, or by an ancestor that no shield keeps out.
   *
   * @example
   * import { CancelScope } from "anyrx";
   * const scope = new CancelScope();
   * const { signal } = scope;
   * scope.cancel();
   * signal.aborted; // => true
   */
  get signal(): HostAbortSignal {
    const extras = this.extra();
    if (extras.control === null) {
      extras.control = bound.host.abortController();
      if (this._interrupt !== null) extras.control.abort(this._interrupt);
    }
    return extras.control.signal;
  }

  /**
   * @internal Cancels it.
   *
   * @param source - What did it.
   * @param task - Who did it, where that is known.
   * @param grace - How long softly shielded parts may go on. Before entry there is nothing to spare.
   */
  _cancelFor(reason: unknown, source: CancelSource, task: Owner | null = null, grace = 0): void {
    const own = this._own;
    if (own !== null) {
      if (own._graceEnd > -Infinity && !this._over) this.grant(own, grace);
      return;
    }
    this._own = new Cancelled(reason, {
      scope: this.name,
      source,
      task: task === null || task._nobody ? null : task.info(),
      traced: bound.development !== null,
    });
    if (!this._over) {
      this.disarm();
      if (grace > 0 && this._active) {
        this._own._graceEnd = Infinity;
        this.grant(this._own, grace);
      }
      spread(this);
    }
    if (instruments.on !== null) instruments.on.cancelled(this, this._own);
  }

  /** @internal Begins, as a child of `parent`. `now` is what the clock read when the deadline was computed from it. */
  _open(parent: Scope, now?: number): void {
    if ((this.flags & (ACTIVE | OVER)) !== 0) {
      throw new UsageError(
        `Cannot enter the cancel scope${quoted(this.name)}: it was entered before; make a new one for each use`,
      );
    }
    this.flags |= ACTIVE;
    this._engine = parent._engine;
    this._task = parent._task;
    this._crew = parent._crew;
    this._join(parent);
    if (instruments.on !== null) instruments.on.opened(this);
    if (parent._interrupt !== null) spread(this);
    if (this.extras !== null) this.schedule(now);
  }

  /** @internal The subscriber at the end of the chain, in the scope of work that a subscriber waits for. */
  get _chain(): object | null {
    return this.extras === null ? null : this.extras.chain;
  }

  /** @internal Serves the subscriber at the end of `chain`: see {@link Scope._chain}. */
  _serve(chain: object): void {
    this.extra().chain = chain;
  }

  /** @internal Ends without having begun: it stands for one that nobody has seen. */
  _end(parent: Scope): void {
    this.flags |= OVER;
    this._home = parent;
  }

  /** @internal Somebody holds it, and may look at it again. */
  set _shown(_shown: true) {
    this.flags |= SHOWN;
  }

  /** @internal Whether another one that is over would tell the same. */
  get _plain(): boolean {
    return this.flags === OVER && this._own === null && this.extras === null;
  }

  /** @internal Whether its body runs. */
  get _active(): boolean {
    return (this.flags & ACTIVE) !== 0;
  }

  /** @internal Whether its body has ended. */
  get _over(): boolean {
    return (this.flags & OVER) !== 0;
  }

  /** @internal Whether it was its own deadline that cancelled it. */
  get _expired(): boolean {
    return (this.flags & EXPIRED) !== 0;
  }

  /** @internal Begins, as the root of a run. */
  _root(engine: Engine, task: Owner, crew: Crew): void {
    this.flags |= ACTIVE;
    this._engine = engine;
    this._task = task;
    this._crew = crew;
  }

  /** @internal Moves to another parent, with everything in it. */
  override _inherit(parent: Scope): void {
    this._part();
    this._join(parent);
    spread(this);
  }

  /**
   * @internal Ends. Says what becomes of the error that ended the body: `null` when the scope swallows it, else what to throw. Called once,
   * with `undefined` for a body that ended well.
   */
  _close(failure: Failure | undefined): Failure | null {
    const parent = this._home;
    const own = this._own;
    const outer = this.visible();
    this.flags = (this.flags & ~ACTIVE) | OVER;
    this.disarm();
    this._part();
    this._home = parent; // No longer a member, but stray code of it goes on there.
    // Waits and scopes that the body started and did not stay for go on in the parent.
    for (let left = this._first; left !== null; left = this._first) {
      if (parent === null) left._part();
      else left._inherit(parent);
    }
    if (instruments.on !== null) instruments.on.closed(this);
    if (failure === undefined) return null;
    // A cancellation that an ancestor can see is the ancestor's to swallow.
    if (own === null || outer !== null) return failure;
    const rest = strip(failure);
    if (own._delivered || rest !== failure) this.flags |= CAUGHT;
    return rest;
  }

  /** @internal The parent's interruption changed. */
  override _tell(_cancelled: Cancelled | null, wave: Wave): void {
    wave.scopes.push(this);
  }

  /** @internal The deadline has come, or the end of a grace. */
  run(): void {
    if (this._own !== null) {
      this.harden(this._own);
      return;
    }
    this.flags |= EXPIRED;
    this._cancelFor("its deadline passed", "deadline");
  }

  /** @internal Recomputes `_interrupt`; whether that made a difference for the members. */
  _refresh(wave: Wave): boolean {
    const was = this._interrupt;
    const outer = this.visible();
    // The one that spares nobody counts, else that from outside.
    const is = outer === null || (spares(outer) && this._own !== null && !spares(this._own)) ? this._own : outer;
    this._interrupt = is;
    if (was === is) return is !== null && is === wave.hardened;
    if ((was === null) === (is === null)) return spares(was) !== spares(is);
    const control = this.extras === null ? null : this.extras.control;
    if (is !== null && control !== null) wave.outsiders.push(aborting(control, is));
    return true;
  }

  /** The cancellation that comes from outside. */
  private visible(): Cancelled | null {
    if ((this.flags & SHIELDED) !== 0 || this._home === null) return null;
    const outer = this._home._interrupt;
    return (this.flags & SOFT) !== 0 && spares(outer) ? null : outer;
  }

  /** Lets `own` spare softly shielded scopes for `delay` ms from now. Never longer than it does already. */
  private grant(own: Cancelled, delay: number): void {
    const { backend } = this._engine;
    const now = backend.now();
    const end = Math.min(now + delay, this.deadline);
    if (delay > 0 && !(end < own._graceEnd)) return;
    own._graceEnd = end;
    this.disarm();
    if (end <= now) this.harden(own);
    else this.extra().timer = backend.arm(end, this);
  }

  private harden(own: Cancelled): void {
    own._graceEnd = -Infinity;
    spread(this, own);
  }

  private extra(): Extras {
    return (this.extras ??= { name: "", chain: null, due: Infinity, timer: null, control: null });
  }

  private schedule(now?: number): void {
    if (this._own !== null) {
      if (this._own._graceEnd > -Infinity) this.grant(this._own, Infinity); // A grace lasts no longer than the deadline.
      return;
    }
    this.disarm();
    const { due } = this.extra();
    if (due === Infinity) return;
    const { backend } = this._engine;
    if (due <= (now ?? backend.now())) this.run();
    else this.extra().timer = backend.arm(due, this);
  }

  private disarm(): void {
    const { extras } = this;
    if (extras === null || extras.timer === null) return;
    extras.timer[Symbol.dispose]();
    extras.timer = null;
  }
}

/** Stands in the fields of a scope that was not entered yet. */
const NONE = null as never;

/** How a body failed. Boxed, since anything can be thrown, `null` and `undefined` among it. */
export interface Failure {
  readonly error: unknown;
}

/** Whether `cancelled` leaves softly shielded scopes alone. */
function spares(cancelled: Cancelled | null): boolean {
  return cancelled !== null && cancelled._graceEnd > -Infinity;
}

function shieldFlags(shield: Shield): number {
  checkedShield(shield);
  return shield === "soft" ? SOFT : shield ? SHIELDED : 0;
}

/** Recomputes the tree from `root` down, and tells every member for whom something changed. Iterative: trees may be deep. */
function spread(root: Scope, hardened: Cancelled | null = null): void {
  const wave = waveTo(hardened);
  wave.scopes.push(root);
  deliver(wave);
}

function waveTo(hardened: Cancelled | null): Wave {
  return { scopes: [], outsiders: [], hardened };
}

function aborting(control: AbortControl, cancelled: Cancelled): () => void {
  return () => {
    control.abort(cancelled);
  };
}

function deliver(wave: Wave): void {
  // The list grows while it is walked: a scope's children follow it.
  for (const scope of wave.scopes) {
    if (!scope._refresh(wave)) continue;
    const cancelled = scope._interrupt;
    for (let member = scope._first, next: Member | null; member !== null; member = next) {
      next = member._after; // A wait that is told leaves the list.
      member._tell(cancelled, wave);
    }
  }
  // Foreign code comes last, when the tree is consistent again. None of it can keep the others from being called.
  for (const call of wave.outsiders) {
    try {
      call();
    } catch (error) {
      bound.host.report(error);
    }
  }
}

/** `failure` without the `Cancelled` leaves of its error; `null` when nothing else is in it. */
function strip(failure: Failure): Failure | null {
  const { error } = failure;
  if (isCancelled(error)) return null;
  if (!isTaskGroupError(error) || !error._impure) return failure;
  const [rest] = error.split((leaf) => !isCancelled(leaf));
  return rest === null ? null : { error: rest };
}

function quoted(name: string): string {
  return name === "" ? "" : ` "${name}"`;
}
