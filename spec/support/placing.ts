import { bound } from "../../src/kernel/binding.ts";
import type { Ground } from "../../src/port/host.ts";

/**
 * `begin`, with engines whose tasks enter the host's store from the ground of the run: as they do from Node 24 on, and on this host only when they
 * are told so.
 */
export function placing<A extends unknown[], R>(begin: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const store = bound.host.store as { ground(): Ground };
    const ground = store.ground.bind(store);
    store.ground = () => {
      const own = ground() as Ground & { place: Ground["enter"] };
      own.enter = own.place.bind(own);
      return own;
    };
    try {
      return begin(...args); // The engine looks when it is made.
    } finally {
      Reflect.deleteProperty(store, "ground");
    }
  };
}
