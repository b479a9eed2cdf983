import { bound } from "../../src/kernel/binding.ts";
import type { Ground } from "../../src/port/host.ts";

/** That of Node, from the inside. */
interface Store {
  ground?: (() => Ground) | undefined;
  below(): Ground;
}

/**
 * `begin`, with engines whose tasks enter the host's store from the ground of the run: as they do from Node 24 on, and on this host only when they
 * are told that it can.
 */
export function placing<A extends unknown[], R>(begin: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const store = bound.host.store as unknown as Store;
    const before = store.ground;
    store.ground = () => store.below();
    try {
      return begin(...args); // The engine looks when it is made.
    } finally {
      store.ground = before;
    }
  };
}
