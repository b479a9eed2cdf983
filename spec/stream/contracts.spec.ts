import type { StapledByteStream } from "anyrx";
import {
  type AnyByteReceiveStream,
  type AnyByteSendStream,
  type AnyByteStream,
  type ByteReceiveStream,
  type ByteSendStream,
  type ByteStream,
  createMemoryObjectStream,
  type Listener,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  type ObjectReceiveStream,
  type ObjectSendStream,
  type ObjectStream,
  type Operation,
  run,
  type TaskGroup,
  typedAttribute,
} from "anyrx";
import type { memoryStreamOneWayPair, memoryStreamPair } from "anyrx/testing";
import { everywhere, named, thrownBy } from "../field/everywhere.ts";

/** Whether `A` may stand where `B` is wanted. */
type Fits<A, B> = [A] extends [B] ? true : false;

// The type parameter is all there is to these two.
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters */

/** Compiles only for `true`. */
function holds<T extends true>(_?: T): void {
  expect().nothing();
}

/** Compiles only for `false`. */
function fails<T extends false>(_?: T): void {
  expect().nothing();
}

/* eslint-enable */

describe("The contracts of streams", () => {
  it("are kept by memory object streams, whose ends vary with their items", () => {
    holds<Fits<MemoryObjectSendStream<number>, ObjectSendStream<number>>>();
    holds<Fits<MemoryObjectReceiveStream<number>, ObjectReceiveStream<number>>>();
    holds<Fits<MemoryObjectReceiveStream<number>, ObjectReceiveStream<number | string>>>();
    holds<Fits<MemoryObjectReceiveStream<number>, MemoryObjectReceiveStream<number | string>>>();
    holds<Fits<MemoryObjectSendStream<number | string>, ObjectSendStream<number>>>();
    fails<Fits<ObjectReceiveStream<number | string>, ObjectReceiveStream<number>>>();
    fails<Fits<ObjectSendStream<number>, ObjectSendStream<number | string>>>();
    fails<Fits<ObjectStream<number>, ObjectStream<number | string>>>();
  });

  it("know what goes both ways as what goes one way, and bytes by either kind", () => {
    holds<Fits<ObjectStream<number>, ObjectSendStream<number> & ObjectReceiveStream<number>>>();
    holds<Fits<ByteStream, ByteSendStream & ByteReceiveStream>>();
    fails<Fits<ByteSendStream & ByteReceiveStream, ByteStream>>();
    holds<Fits<ByteReceiveStream | ObjectReceiveStream<Uint8Array>, AnyByteReceiveStream>>();
    holds<Fits<ByteSendStream | ObjectSendStream<Uint8Array>, AnyByteSendStream>>();
    holds<Fits<ByteStream | ObjectStream<Uint8Array>, AnyByteStream>>();
    fails<Fits<ObjectReceiveStream<string>, AnyByteReceiveStream>>();
    holds<Fits<StapledByteStream, ByteStream>>();
    holds<Fits<ReturnType<typeof memoryStreamPair>[0], ByteStream>>();
    holds<Fits<ReturnType<typeof memoryStreamOneWayPair>[0], ByteSendStream>>();
    holds<Fits<Listener<StapledByteStream>, Listener<ByteStream>>>();
  });

  it("are used without knowing whose stream it is", () => {
    const portable = (stream: AnyByteStream, tg: TaskGroup, listener: Listener<ByteStream>): Operation<unknown>[] => [
      stream.send(new Uint8Array()),
      stream.receive(),
      stream.sendEof(),
      stream.aclose(),
      listener.serve((connection) => connection.aclose(), { taskGroup: tg }),
    ];
    expect(portable).toBeDefined();
  });
});

describe("Memory object streams, by their contract,", () => {
  everywhere("are closed by await using", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    {
      await using end = send;
      await end.send(1);
    }
    expect(send.statistics().openSendStreams).toBe(0);
    {
      await using end = receive;
      expect(await end.receive()).toBe(1);
    }
    expect(receive.statistics().openReceiveStreams).toBe(0);
  });

  it("answer extra attributes, though they know none", async () => {
    const colour = typedAttribute<string>("colour");
    await run(async () => {
      for (const end of createMemoryObjectStream<number>()) {
        expect(end.extraAttributes.size).toBe(0);
        expect(end.extra(colour, "none")).toBe("none");
        expect(named(await thrownBy(() => end.extra(colour)))).toBe("TypedAttributeLookupError");
      }
    });
  });
});
