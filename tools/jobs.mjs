/**
 * Jobs: programs of Node that are run to their end, a few at a time, each with its own time limit and what it printed.
 *
 * A job ends in one way: `{ code, why, output, took }`. `why` is null for a program that ended by itself with code 0, else it says what happened.
 */
import { spawn } from "node:child_process";

/** How long the streams of a program that has ended may stay open, in ms: what it started itself may hold them. */
const GRACE = 2_000;
const windows = process.platform === "win32";
const running = new Set();

/** Ends a program and all that it started: each is the leader of a group. */
function kill(child) {
  try {
    if (windows) child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

/** Ends all that runs: for a command that is told to stop. */
export function stopAll() {
  for (const child of running) kill(child);
}

/**
 * Runs `node …args` and gives how that ended. It never rejects.
 *
 * @param {readonly string[]} args
 * @param {{ cwd: string, limit: number, env?: object, live?: boolean }} options - `limit` in ms; `live`: print at once, and keep no output.
 */
export function run(args, { cwd, limit, env = {}, live = false }) {
  return new Promise((resolve) => {
    const start = performance.now();
    const stdio = ["ignore", ...(live ? ["inherit", "inherit"] : ["pipe", "pipe"])];
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio, detached: !windows });
    running.add(child);
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text) => (output += text));

    const timer = setTimeout(() => {
      late = true;
      kill(child);
    }, limit);
    let grace;
    child.on("exit", () => {
      grace = setTimeout(() => kill(child), GRACE);
    });
    const end = (code, why) => {
      kill(child); // Nothing that it started outlives it.
      clearTimeout(timer);
      clearTimeout(grace);
      running.delete(child);
      resolve({ code, why, output, took: performance.now() - start });
    };
    child.on("error", (error) => end(null, `cannot be started: ${error.message}`));
    child.on("close", (code, signal) => {
      if (late) end(code, `took longer than ${limit / 1000} s`);
      else if (signal !== null) end(code, `was ended by ${signal}`);
      else end(code, code === 0 ? null : `exit ${code}`);
    });
  });
}

/**
 * Does all jobs, at most `lanes` at a time, in their order.
 *
 * @param {readonly { name: string, after?: string, work: () => Promise<void> }[]} jobs - `after` names the job that must have ended before.
 */
export async function inLanes(lanes, jobs) {
  const left = new Set(jobs);
  const doing = new Map();
  const names = new Set(jobs.map(({ name }) => name));
  const errors = [];
  for (const { name, after } of jobs) {
    if (after !== undefined && !names.has(after))
      throw new Error(`Cannot do "${name}" after "${after}": there is no such job`);
  }
  while (left.size + doing.size > 0) {
    const next = [...left].find(({ after }) => !names.has(after));
    if (next !== undefined && doing.size < lanes) {
      left.delete(next);
      const work = next.work().catch((error) => errors.push(error));
      const end = () => {
        doing.delete(next);
        names.delete(next.name);
      };
      doing.set(next, work.then(end));
    } else if (doing.size > 0) await Promise.race(doing.values());
    else throw new Error(`Cannot do "${[...left][0].name}": it waits for itself`);
  }
  if (errors.length > 0) throw errors[0];
}
