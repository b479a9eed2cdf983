/** The workloads, by name. */

const workloads = {
  W1a: async () => (await import("./w1.mjs")).w1a,
  W1b: async () => (await import("./w1.mjs")).w1b,
  W1c: async () => (await import("./w1.mjs")).w1c,
  W2: async () => (await import("./w2.mjs")).w2,
  W3: async () => (await import("./w3.mjs")).w3,
  W4: async () => (await import("./w4.mjs")).w4,
  W5a: async () => (await import("./w5.mjs")).w5a,
  W5b: async () => (await import("./w5.mjs")).w5b,
  W6: async () => (await import("./w6.mjs")).w6,
  W7: async () => (await import("./w7.mjs")).w7,
  W9: async () => (await import("./w9.mjs")).w9,
  W10: async () => (await import("./w10.mjs")).w10,
  W11: async () => (await import("./w11.mjs")).w11,
};

/** Their names, in order. */
export const names = Object.keys(workloads);

/** One of them. */
export const workload = (name) => workloads[name]();

/** The names that `asked` stands for: itself, or all that begin with it, as `W1` does for W1a, W1b and W1c. */
export function named(asked) {
  const wanted = asked.toLowerCase();
  const exact = names.filter((name) => name.toLowerCase() === wanted);
  const found =
    exact.length > 0
      ? exact
      : names.filter(
          (name) => /^[a-z]$/.test(name.toLowerCase().slice(wanted.length)) && name.toLowerCase().startsWith(wanted),
        );
  if (found.length === 0) throw new Error(`Cannot run "${asked}": there is no such workload; use ${names.join(", ")}`);
  return found;
}
