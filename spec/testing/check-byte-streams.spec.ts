import { currentTime, moveOnAfter, operation, run, sleepForever } from "anyrx";
import {
  checkHalfCloseableByteStream,
  checkOneWayByteStream,
  checkTwoWayByteStream,
  isStreamContractError,
  type LockstepReceiveStream,
  type LockstepSendStream,
  lockstepStreamOneWayPair,
  lockstepStreamPair,
  memoryStreamOneWayPair,
  memoryStreamPair,
  type StreamContractError,
} from "anyrx/testing";
import { of } from "rxjs";
import { everywhere, expectSentence, named, outdoors, thrownBy, virtually } from "../field/everywhere.ts";
import { type ByteDefect, cloggedToys, type StapleDefect, toyPair, ToyStaple, toyStaples } from "./toy-byte-stream.ts";
import { mayWait } from "../support/real-time.ts";

/** The law of a clause, and words of its title. */
type Clause = readonly [law: string, title: string];

const DEFECTS: Readonly<Record<Exclude<ByteDefect, "">, Clause>> = {
  "has no loop": ["", "the methods of its contract"],
  "gives something for a send": ["", "what is sent is received"],
  "reverses a piece": ["", "what is sent is received"],
  "drops the rest of a piece": ["", "at most that many"],
  "puts pieces in front": ["", "in order, whatever the pieces"],
  "gives an empty piece": ["", "an empty array means nothing"],
  "takes an empty array for the end": ["", "an empty array means nothing"],
  "sends the whole buffer of a view": ["", "what it shows is sent"],
  "keeps the array of the sender": ["", "may be used for something else"],
  "copies by slice()": ["", "may be used for something else"],
  "gives more than was asked for": ["", "at most that many"],
  "takes any size": ["", "an integer from 1"],
  "allows two receivers": ["R3", "one task receives"],
  "refuses the first receiver, too": ["R3", "one task receives"],
  "send() is no checkpoint": ["F1", "are checkpoints"],
  "receive() is no checkpoint": ["F1", "are checkpoints"],
  "receives in a cancelled scope": ["F1", "in a cancelled scope"],
  "sends in a cancelled scope": ["F1", "in a cancelled scope"],
  "shields its receive()": ["M6", "ends at once"],
  "keeps a cancelled receiver busy": ["M6", "ends at once"],
  "loses bytes when it is cancelled": ["M7", "no byte is lost"],
  "forgets that the receive end is closed": ["R2", "a closed receive end refuses"],
  "forgets that the send end is closed": ["R2", "a closed send end refuses"],
  "lets an empty send() through when closed": ["R2", "a closed send end refuses"],
  "throws when it is closed again": ["R2", "closing it again does nothing"],
  "never breaks": ["R2", "breaks sooner or later"],
  "breaks once": ["R2", "stays broken"],
  "tells Broken where it is Closed": ["R2", "Closed wins"],
  "drops what is left when it is closed": ["R2", "then comes the end"],
  "ends with an empty piece": ["R2", "then comes the end"],
  "ends once": ["R2", "again and again"],
  "does not wake the receiver when the sender closes": ["M5", "ends a receive() that waits"],
  "does not wake the receiver when that closes": ["R4", "wakes who is blocked in receive()"],
  "ends a loop that is closed": ["R5", "a loop"],
  "throws the end out of a loop": ["R5", "a loop"],
  "completes a subscription that is closed": ["R5", "a subscriber"],
  "loses what a subscriber leaves behind": ["R5", "a subscriber"],
  "closes when it has time": ["R2", "by force"],
  "cannot be closed after a cancel": ["R1", "after a cancel"],
  "allows two senders": ["R3", "one task sends"],
  "lets a second sender end the first": ["R3", "one task sends"],
  "does not wake the sender when the receiver takes": ["", "lets a blocked send() go on"],
  "does not wake the sender when that closes": ["R4", "blocked in send()"],
  "does not break the sender that waits": ["M5", "breaks a send()"],
  "shields its send()": ["C1", "can be cancelled"],
};

const STAPLE_DEFECTS: Readonly<Record<Exclude<StapleDefect, "">, Clause>> = {
  "has no sendEof()": ["", "the methods of its contract"],
  "closes one direction only": ["R2", "a closed send end refuses"],
  "has one guard for both directions": ["", "both directions are independent"],
  "sendEof() closes both directions": ["", "sendEof() ends one direction"],
  "sendEof() ends nothing": ["", "sendEof() ends one direction"],
  "sends after sendEof()": ["", "sendEof() ends one direction"],
  "throws at a second sendEof()": ["", "sendEof() ends one direction"],
  "sendEof() while it sends": ["R3", "while another task sends"],
};

/** Sees to it that `check` refuses by this clause, and says so in a sentence. */
async function expectRefusal(check: () => unknown, [law, title]: Clause): Promise<void> {
  const error = await thrownBy(check);
  expect(isStreamContractError(error)).withContext(String(error)).toBeTrue();
  const { message, law: foundLaw, clause, found } = error as StreamContractError;
  expect(`${foundLaw}: ${clause}`).withContext(message).toContain(`${law}: `);
  expect(clause).withContext(message).toContain(title);
  expect(message).toMatch(/^Cannot accept the (clogged )?stream( \(from its [a-z ]+\))?: .+; .+[^.]$/);
  expect(message).toContain(found);
}

describe("The checks of byte streams accept", () => {
  everywhere("memory streams", async () => {
    await checkOneWayByteStream(memoryStreamOneWayPair);
    await checkHalfCloseableByteStream(memoryStreamPair);
    expect().nothing();
  });

  everywhere("lockstep streams, also as clogged ones", async () => {
    await checkOneWayByteStream(lockstepStreamOneWayPair, lockstepStreamOneWayPair);
    await checkTwoWayByteStream(lockstepStreamPair, lockstepStreamPair);
    await checkHalfCloseableByteStream(lockstepStreamPair);
    expect().nothing();
  });

  everywhere("a stream that a stranger wrote", async () => {
    await checkOneWayByteStream(toyPair, cloggedToys);
    await checkOneWayByteStream(() => toyPair("", 7));
    await checkHalfCloseableByteStream(toyStaples, () => toyStaples("", 1));
    expect().nothing();
  });

  outdoors("makers of any style, outside of any run as well", async () => {
    await checkOneWayByteStream(async () => memoryStreamOneWayPair());
    await checkOneWayByteStream(function* () {
      return memoryStreamOneWayPair();
    });
    await checkOneWayByteStream(() => of(memoryStreamOneWayPair()));
    expect().nothing();
  });
});

describe("The check of one-way byte streams finds one that", () => {
  for (const [defect, clause] of Object.entries(DEFECTS) as [ByteDefect, Clause][]) {
    virtually(defect, () =>
      expectRefusal(
        () =>
          checkOneWayByteStream(
            () => toyPair(defect),
            () => cloggedToys(defect),
          ),
        clause,
      ),
    );
  }

  virtually("is not clogged, though it was said to be", () =>
    expectRefusal(
      () => checkOneWayByteStream(memoryStreamOneWayPair, memoryStreamOneWayPair),
      ["", "lets a blocked send()"],
    ),
  );
});

describe("The checks of byte streams that go both ways find one that", () => {
  for (const [defect, clause] of Object.entries(STAPLE_DEFECTS) as [StapleDefect, Clause][]) {
    virtually(defect, () =>
      expectRefusal(
        () =>
          checkHalfCloseableByteStream(
            () => toyStaples(defect),
            () => toyStaples(defect, 1),
          ),
        clause,
      ),
    );
  }

  virtually("is wrong in one direction only", async () => {
    const half = () => {
      const [[send, receive], [otherSend, otherReceive]] = [toyPair(), toyPair("loses bytes when it is cancelled")];
      return [new ToyStaple(send, otherReceive, ""), new ToyStaple(otherSend, receive, "")] as const;
    };
    const error = (await thrownBy(() => checkTwoWayByteStream(half))) as Error;
    expect(error.message).toContain("(from its second end to its first)");
  });
});

describe("The checks of byte streams", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  it("say what is wrong in one sentence", async () => {
    const error = await thrownBy(() =>
      run(() => checkOneWayByteStream(() => toyPair("forgets that the receive end is closed")), { backend: "virtual" }),
    );
    expect((error as Error).message).toBe(
      "Cannot accept the stream: receive() on a closed end threw EndOfStream instead of ClosedResourceError " +
        "(R2: a closed receive end refuses, and closing it again does nothing); remember that this side was closed, and ask that before anything else",
    );
    expect(named((error as Error).cause)).toBe("EndOfStream");
  });

  virtually("call a stream stuck after the limit, on the clock of the backend", async () => {
    const begun = currentTime();
    const error = (await thrownBy(() =>
      checkOneWayByteStream(() => toyPair("does not wake the receiver when that closes"), null, { limit: 50 }),
    )) as StreamContractError;
    expect(error.found).toBe("receive() went on waiting");
    expect(currentTime() - begun).toBe(50);
  });

  virtually("let a cancellation pass, and close the pair at hand all the same", async () => {
    const ends: [LockstepSendStream, LockstepReceiveStream][] = [];
    const make = () => {
      const pair = lockstepStreamOneWayPair();
      ends.push(pair);
      return pair;
    };
    const never = () => operation(() => sleepForever())() as never;
    const gone = moveOnAfter(10, () =>
      checkOneWayByteStream(() => {
        const [send, receive] = make();
        send.send = never;
        return [send, receive];
      }),
    );
    expect(await gone).toBeUndefined();
    expect(ends.length).toBeGreaterThan(1);
    for (const [send, receive] of ends) {
      Reflect.deleteProperty(send, "send");
      expect(named(await thrownBy(() => send.send(new Uint8Array(1))))).toBe("ClosedResourceError");
      expect(named(await thrownBy(() => receive.receive()))).toBe("ClosedResourceError");
    }
  });

  it("refuse what is no maker, no pair and no limit", async () => {
    expectSentence(() => checkOneWayByteStream(memoryStreamOneWayPair() as never), TypeError);
    expectSentence(() => checkOneWayByteStream(memoryStreamOneWayPair, 5 as never), TypeError);
    expectSentence(() => checkTwoWayByteStream(memoryStreamPair, null, { limit: -1 }), RangeError);
    for (const wrong of [undefined, 5, memoryStreamOneWayPair()[0], [1]]) {
      const error = await thrownBy(() => checkOneWayByteStream(() => wrong as never));
      expectSentence(() => {
        throw error;
      }, TypeError);
    }
    const no = new RangeError("no");
    expect(
      await thrownBy(() =>
        checkOneWayByteStream(() => {
          throw no;
        }),
      ),
    ).toBe(no);
  });
});
