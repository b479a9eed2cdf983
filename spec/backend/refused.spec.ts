import { type Backend, run, UnsupportedError } from "anyrx";

const none = { [Symbol.dispose]: () => undefined };
const whole = { name: "mine", now: () => 0, defer: () => undefined, arm: () => none, hold: () => none };

const refusals: Record<string, [backend: unknown, message: string | RegExp]> = {
  "an object without methods": [
    {},
    "Cannot run on an object (Object): it is no Backend, since it has no now, no defer, no arm, no hold; see the Backend interface",
  ],
  "a backend that lacks one": [
    { ...whole, arm: undefined },
    "Cannot run on an object (Object): it is no Backend, since it has no arm; see the Backend interface",
  ],
  "a backend without a name": [
    { ...whole, name: undefined },
    "Cannot run on an object (Object): its name is undefined; give it one, for messages and currentBackend()",
  ],
  "a misspelt name": [
    "efect",
    // What follows is the order in which they were imported.
    /^Cannot run on the backend "efect": there is no such backend; use "native", "rx", "virtual", .+, or pass a Backend object$/,
  ],
};

describe("run() refuses, before anything has begun,", () => {
  for (const [what, [backend, message]] of Object.entries(refusals)) {
    it(what, () => {
      let began = false;
      const main = () => (began = true);
      expect(() => run(main, { backend: backend as Backend })).toThrowError(UnsupportedError, message as string);
      expect(began).toBeFalse();
    });
  }
});
