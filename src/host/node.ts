/**
 * Node, Bun and Deno: one implementation, since they agree on what is used here.
 *
 * @module
 */

import { Development } from "../base/development.ts";
import { tellOnce } from "../base/last-words.ts";
import type { ContextStore, Ground, Host, HostTimer } from "../port/host.ts";
import { DiagnosticsChannels } from "./node/channels.ts";

const name = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";

const { AsyncLocalStorage, AsyncResource } = process.getBuiltinModule("node:async_hooks");

/**
 * Whether contexts are maps, as they are from Node 24 on, unless that is switched off: `AsyncLocalStorage.run` copies one for entering and another one
 * for leaving, and the scope of a resource is left without.
 */
const copies = name === "node" && Number.parseInt(process.versions.node) >= 24 && resourcesForget();

/** Whether a resource does not keep what is put into a store in its scope. */
function resourcesForget(): boolean {
  const storage = new AsyncLocalStorage<boolean>();
  const resource = new AsyncResource("anyrx");
  resource.runInAsyncScope(() => {
    storage.enterWith(true);
  });
  const kept = resource.runInAsyncScope(() => storage.getStore());
  storage.disable();
  return kept !== true;
}

/** The host's async context, which is right after any `await`. */
class AsyncContext implements ContextStore {
  readonly survives = true;
  private readonly storage = new AsyncLocalStorage<unknown>();
  private used = false;

  get(): unknown {
    return this.used ? this.storage.getStore() : undefined;
  }

  run<A, R>(value: unknown, body: (argument: A) => R, argument: A): R {
    if (value === undefined && !this.used) return body(argument); // Nothing to hide: the store need not be started for it.
    this.used = true;
    return copies
      ? new AsyncResource("anyrx").runInAsyncScope(held<A, R>, this, value, body, argument)
      : this.storage.run(value, body, argument);
  }

  ground(): Ground {
    return new AsyncGround(this.get() === undefined ? bare() : this.run(undefined, bare, undefined), this);
  }

  /** From here on, until the resource in whose scope it is called is left. */
  hold(value: unknown): void {
    this.used = true;
    this.storage.enterWith(value);
  }

  disable(): void {
    if (!this.used) return;
    this.used = false;
    this.storage.disable();
  }
}

type Resource = InstanceType<typeof AsyncResource>;

function bare(): Resource {
  return new AsyncResource("anyrx");
}

class AsyncGround implements Ground {
  private readonly resource: Resource;
  private readonly context: AsyncContext;

  constructor(resource: Resource, context: AsyncContext) {
    this.resource = resource;
    this.context = context;
  }

  call<A>(job: (argument: A) => void, argument: A): void {
    this.resource.runInAsyncScope(job, undefined, argument);
  }

  enter<A, R>(value: unknown, job: (argument: A) => R, argument: A): R {
    // Mostly nothing else is in that context, and then there is no map to copy for entering either.
    return copies ? this.place(value, job, argument) : this.context.run(value, job, argument);
  }

  place<A, R>(value: unknown, job: (argument: A) => R, argument: A): R {
    return this.resource.runInAsyncScope(held<A, R>, this.context, value, job, argument);
  }
}

function held<A, R>(this: AsyncContext, value: unknown, job: (argument: A) => R, argument: A): R {
  this.hold(value);
  return job(argument);
}

class NodeTimer implements HostTimer {
  private readonly timer: NodeJS.Timeout;

  constructor(timer: NodeJS.Timeout) {
    this.timer = timer;
  }

  cancel(): void {
    clearTimeout(this.timer);
  }

  keepAlive(on: boolean): void {
    if (on) this.timer.ref();
    else this.timer.unref();
  }
}

let resident: NodeTimer | null = null;

/** A timer that stays for ever, and never fires: see `kernel/resident.ts`. */
function rest(): NodeTimer {
  const timer = new NodeTimer(setTimeout(() => undefined, 1));
  timer.keepAlive(false);
  timer.keepAlive(true);
  timer.cancel();
  return timer;
}

function warn(text: string): void {
  process.emitWarning(text, { type: "AnyrxWarning" });
}

let channels: DiagnosticsChannels | null = null;
/** Whether the end of the process is watched for errors of groups. */
let watched = false;

/** The host that this process is. */
export const host: Host = {
  name,
  ownStacks: true,
  landmark: new Error("Here is a host"),
  development: process.env["ANYRX_DEV"] === "1" ? new Development(warn) : undefined,
  store: new AsyncContext(),
  now: () => performance.now(),
  macrotask(job) {
    setImmediate(job);
  },
  timer(delay, job) {
    resident ??= host.store.run(undefined, rest, undefined);
    return new NodeTimer(setTimeout(job, delay));
  },
  abortController() {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      abort: (reason) => {
        controller.abort(reason);
      },
    };
  },
  get channels() {
    return (channels ??= new DiagnosticsChannels());
  },
  report(error) {
    queueMicrotask(() => {
      throw error;
    });
  },
  groupFailed() {
    if (watched) return;
    watched = true;
    // Bun and Deno print in ways of their own. A worker hands its error on to the thread that made it, which wants all of it.
    if (name !== "node" || !process.getBuiltinModule("node:worker_threads").isMainThread) return;
    process.on("uncaughtExceptionMonitor", (error) => {
      if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
      // This exit is the one by that error. Whoever watches uncaught errors or exits has seen it by then.
      process.once("exit", () => {
        tellOnce(error);
      });
    });
  },
  resolves(name) {
    // Not by `import.meta`, which no bundle in CommonJS can hold. Where the program lies, or where it was started.
    const { createRequire } = process.getBuiltinModule("node:module");
    return [process.argv[1], `${process.cwd()}/.`].some((from) => {
      try {
        createRequire(from ?? "").resolve(name);
        return true;
      } catch (error) {
        return (error as { code?: unknown }).code === "ERR_PACKAGE_PATH_NOT_EXPORTED"; // It is there, for `import` alone.
      }
    });
  },
  warn,
};
