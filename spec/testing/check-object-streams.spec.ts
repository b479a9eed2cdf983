import { createMemoryObjectStream, operation, ResourceGuard } from "anyrx";
import { checkObjectStream, isStreamContractError, type StreamContractError } from "anyrx/testing";
import { everywhere, expectSentence, thrownBy, virtually } from "../field/everywhere.ts";
import { type ObjectDefect, toyObjects } from "./toy-object-stream.ts";

/** The law of a clause, words of its title, and how many items the toy holds in which it is found. */
type Clause = readonly [law: string, title: string, capacity?: number];

const DEFECTS: Readonly<Record<Exclude<ObjectDefect, "">, Clause>> = {
  "has no aclose()": ["", "the methods of its contract"],
  "is last in, first out": ["M2", "in the order in which they were sent"],
  "gives something for a send": ["M2", "in the order in which they were sent"],
  "takes a falsy item for nothing": ["M5", "an item is an item"],
  "gives null for undefined": ["M5", "an item is an item"],
  "send() is no checkpoint": ["F1", "are checkpoints"],
  "receive() is no checkpoint": ["F1", "are checkpoints"],
  "sends in a cancelled scope": ["F1", "in a cancelled scope"],
  "shields its receive()": ["M6", "a cancelled receive()"],
  "offers items to who was cancelled": ["M6", "a cancelled receive()"],
  "leaves the item of a cancelled sender": ["M6", "a cancelled send()"],
  "loses an item when it is cancelled": ["M7", "handed over before the cancel"],
  "gives an item twice when it is cancelled": ["M7", "handed over before the cancel"],
  "fails the sender whose item was taken": ["M8", "takes an item and closes at once", 0],
  "lets the last receiver go first": ["M4", "who came first the first"],
  "forgets that the receive end is closed": ["R2", "a closed receive end refuses"],
  "forgets that the send end is closed": ["R2", "a closed send end refuses"],
  "throws when it is closed again": ["R2", "closing it again does nothing"],
  "never breaks": ["R2", "breaks sooner or later"],
  "breaks once": ["R2", "stays broken"],
  "tells Broken where it is Closed": ["R2", "Closed wins"],
  "drops what is left when it is closed": ["M3", "then comes the end"],
  "ends once": ["M3", "again and again"],
  "does not wake the receiver when the sender closes": ["M5", "ends a receive() that waits"],
  "does not wake the receiver when that closes": ["R4", "blocked in receive()"],
  "does not wake the sender when that closes": ["R4", "blocked in send()"],
  "sends what it has refused": ["R4", "withdraws the item"],
  "does not break the sender that waits": ["M5", "breaks a send()"],
  "takes ahead in a loop": ["R5", "a loop"],
  "ends a loop that is closed": ["R5", "a loop"],
  "loses what a subscriber leaves behind": ["R5", "a subscriber"],
  "closes when it has time": ["R1", "closes also when it is cancelled"],
  "closes all clones at once": ["M4", "a clone is another end"],
  "clones what is closed": ["M4", "a clone is another end"],
  "waits for nobody to take what is for somebody": ["F2", "never wait"],
  "gives undefined for nothing": ["F2", "never wait"],
  "takes at once what nobody will receive": ["F2", "is Broken"],
  "would wait for what nobody will send": ["F2", "is the end"],
  "loses an item when one who stands in line is cancelled": ["M10", "exactly once"],
};

describe("The check of object streams accepts", () => {
  everywhere("memory object streams of any size", async () => {
    for (const size of [0, 1, 3, Infinity]) await checkObjectStream(() => createMemoryObjectStream<unknown>(size));
    expect().nothing();
  });

  everywhere("a stream that a stranger wrote", async () => {
    for (const size of [0, 1, 2]) await checkObjectStream(() => toyObjects("", size));
    expect().nothing();
  });

  everywhere("one that carries words only, and one that serves one task at a time", async () => {
    const words = () => {
      const [send, receive] = createMemoryObjectStream<string>(1);
      const put = send.send.bind(send);
      send.send = (item: string) => {
        if (typeof item !== "string") throw new TypeError("no word");
        return put(`${item}!`);
      };
      Object.assign(send, { clone: undefined, sendNowait: undefined });
      return [send, receive] as const;
    };
    const options = { item: (n: number) => `word ${n}`, equal: (a: string, b: string) => a === `${b}!` };
    await checkObjectStream(words, options);
    const alone = () => {
      const [send, receive] = createMemoryObjectStream<unknown>(1);
      const guard = new ResourceGuard("receiving from");
      const get = receive.receive.bind(receive);
      receive.receive = operation(function* () {
        const lease = guard.enter();
        try {
          return yield* get();
        } finally {
          lease[Symbol.dispose]();
        }
      });
      return [send, receive] as const;
    };
    await checkObjectStream(alone);
    expect().nothing();
  });
});

describe("The check of object streams finds one that", () => {
  for (const [defect, [law, title, capacity]] of Object.entries(DEFECTS) as [ObjectDefect, Clause][]) {
    virtually(defect, async () => {
      const error = await thrownBy(() => checkObjectStream(() => toyObjects(defect, capacity)));
      expect(isStreamContractError(error)).withContext(String(error)).toBeTrue();
      const { message, law: foundLaw, clause } = error as StreamContractError;
      expect([foundLaw, clause])
        .withContext(message)
        .toEqual([law, jasmine.stringContaining(title) as never]);
      expect(message).toMatch(/^Cannot accept the stream: .+; .+[^.]$/);
    });
  }
});

describe("The check of object streams", () => {
  it("refuses what is no maker and no option", () => {
    expectSentence(() => checkObjectStream(5 as never), TypeError);
    expectSentence(() => checkObjectStream(() => toyObjects(), { item: 5 as never }), TypeError);
    expectSentence(() => checkObjectStream(() => toyObjects(), { equal: 5 as never }), TypeError);
    expectSentence(() => checkObjectStream(() => toyObjects(), { limit: NaN }), RangeError);
  });
});
