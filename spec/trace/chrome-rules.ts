/**
 * The rules of the trace-event format, as far as timelines use it.
 *
 * @module
 */

/** An event, as it is read. */
export interface ReadEvent {
  readonly ph: string;
  readonly name?: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly id?: number;
  readonly bp?: string;
  readonly s?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Reads what was written; gives the events. */
export function readChrome(json: string): readonly ReadEvent[] {
  return (JSON.parse(json) as { traceEvents: ReadEvent[] }).traceEvents;
}

/** What breaks a rule, in words. */
export function breaches(events: readonly ReadEvent[]): string[] {
  const found: string[] = [];
  const stacks = new Map<number, ReadEvent[]>();
  const times = new Map<number, number>();
  const flows = new Map<number, ReadEvent>();
  const ended = new Set<number>();
  const named = new Set<number>();
  for (const event of events) {
    const { ph, pid, tid, ts, name, id, args } = event;
    const where = `${ph} ${name ?? ""} of ${pid}/${tid} at ${ts}`;
    if (![pid, tid, ts].every(Number.isInteger) || ts < 0) found.push(`${where}: a number that is none`);
    if (typeof name !== "string" || name === "") found.push(`${where}: no name`);
    if (ph === "M") {
      if (name === "thread_name") named.add(tid);
      if (args === undefined) found.push(`${where}: no args`);
      continue;
    }
    if (!named.has(tid)) found.push(`${where}: a thread without a name`);
    if (ts < (times.get(tid) ?? 0)) found.push(`${where}: back in time`);
    times.set(tid, ts);
    let stack = stacks.get(tid);
    if (stack === undefined) stacks.set(tid, (stack = []));
    if (ph === "B") stack.push(event);
    else if (ph === "E") {
      const begun = stack.pop();
      if (begun === undefined) found.push(`${where}: ends nothing`);
      else if (begun.name !== name || begun.cat !== event.cat) found.push(`${where}: ends ${begun.name ?? ""}`);
    } else if (ph === "i") {
      if (event.s !== "t") found.push(`${where}: no scope of a thread`);
    } else if (ph === "s" || ph === "f") {
      if (id === undefined || stack.length === 0) found.push(`${where}: no id, or no slice around it`);
      const start = flows.get(id ?? -1);
      if (ph === "s") {
        if (start !== undefined) found.push(`${where}: begins twice`);
        flows.set(id ?? -1, event);
      } else {
        if (start === undefined || start.ts > ts || start.name !== name || start.cat !== event.cat)
          found.push(`${where}: no beginning of that name before it`);
        if (event.bp !== "e") found.push(`${where}: not bound to the slice around it`);
        if (ended.has(id ?? -1)) found.push(`${where}: ends twice`);
        ended.add(id ?? -1);
      }
    } else found.push(`${where}: not a phase of ours`);
  }
  for (const [tid, stack] of stacks) for (const { name } of stack) found.push(`${name ?? ""} of ${tid}: not ended`);
  for (const id of flows.keys()) if (!ended.has(id)) found.push(`flow ${id}: not ended`);
  return found;
}
