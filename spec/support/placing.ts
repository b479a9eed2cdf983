import { bound } from "../../src/kernel/binding.ts";

/** That of Node, from the inside. */
interface Store {
  set?: ((value: unknown) => void) | undefined;
  used: boolean;
  readonly storage: { enterWith(value: unknown): void };
}

/**
 * `begin`, with engines that place their tasks in the host's store: as they do from Node 24 on, and on this host only when they are told that it
 * can.
 */
export function placing<A extends unknown[], R>(begin: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const store = bound.host.store as unknown as Store;
    const before = store.set;
    store.set = (value) => {
      store.used = true;
      store.storage.enterWith(value);
    };
    try {
      return begin(...args); // The engine looks when it is made.
    } finally {
      store.set = before;
    }
  };
}
