/** Garbage: collected at once, and what the library says of it heard. */

import { setDevMode } from "anyrx";

function collect(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot collect garbage: the host gives no gc(); start it with --expose-gc");
  gc();
}

/** How often garbage is collected. What is to be heard is heard after the first time; this is for what is not to be heard. */
const ROUNDS = 3;

/** Collects garbage, and lets finalizers say what they have to say. */
export async function collected(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    collect();
    // Finalizers run in a turn of their own, and warnings are emitted in the one after it.
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
  }
}

/** What the library warns of in development mode, or out of it: while `work` goes on, and when its garbage has been collected. */
export async function warningsOf(work: () => unknown, { dev = true }: { dev?: boolean } = {}): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => {
    if (warning.name === "AnyrxWarning") warnings.push(warning.message);
  };
  process.on("warning", listen);
  setDevMode(dev);
  try {
    await work();
    await collected();
  } finally {
    setDevMode(false);
    process.off("warning", listen);
  }
  return warnings;
}
