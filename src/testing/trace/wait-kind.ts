/**
 * Kinds of waits, by what they say of themselves: they share a sign and a colour. For the eye alone; what is not known here is a wait as well.
 *
 * @module
 */

/** What is waited for, roughly. */
export type WaitKind = "sleep" | "receive" | "send" | "acquire" | "end" | "other";

/** All kinds, in the order in which legends list them. */
export const WAIT_KINDS: readonly WaitKind[] = ["sleep", "receive", "send", "acquire", "end", "other"];

const KINDS: readonly (readonly [RegExp, WaitKind])[] = [
  [/^(sleep|for ever)/, "sleep"],
  [/^(receive|the next item)/, "receive"],
  [/^send/, "send"],
  [/^(acquire|enter)/, "acquire"],
  [/^(the end of|one of \d+ to end)/, "end"],
];

/** What kind of wait `on` describes. */
export function kindOfWait(on: string): WaitKind {
  return KINDS.find(([pattern]) => pattern.test(on))?.[1] ?? "other";
}

/** What a kind of wait is called in legends. */
export const WAIT_TITLES: Readonly<Record<WaitKind | "joins" | "runs", string>> = {
  sleep: "sleeps",
  receive: "waits to receive",
  send: "waits to send",
  acquire: "waits to acquire",
  end: "waits for another's end",
  other: "waits for something else",
  joins: "waits for what it began",
  runs: "runs, or awaits a foreign promise",
};

/** What `on` says, in as few words as tell it from others: `receive "jobs"` for `receive on the memory object stream "jobs" (empty)`. */
export function shortWait(on: string): string {
  const plain = on.replace(/ \([^)]*\)$/, "");
  const [, verb, name] = /^(receive|send|acquire|enter) .*?("[^"]*")/.exec(plain) ?? [];
  if (verb !== undefined && name !== undefined) return `${verb} ${name}`;
  return plain.replace(/^(receive|send|acquire|enter) .*/, "$1").replace(/^the end of (the |a )?/, "end of ");
}
