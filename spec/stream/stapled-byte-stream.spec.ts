import {
  BaseReceiveStream,
  type ByteReceiveStream,
  type ByteSendStream,
  CancelScope,
  checkpoint,
  type ExtraAttributes,
  isCancelled,
  type Operation,
  operation,
  sleep,
  StapledByteStream,
  typedAttribute,
  TypedAttributeProvider,
} from "anyrx";
import { everywhere, expectSentence, named, thrownBy } from "../field/everywhere.ts";

const name = typedAttribute<string>("name");
const sender = typedAttribute<number>("sender");
const receiver = typedAttribute<number>("receiver");

/** Writes down what is done with it. */
class Recorder extends TypedAttributeProvider implements ByteSendStream {
  readonly log: string[] = [];
  aclose: () => Operation<void> = operation(() => void this.log.push("aclose"));

  send(item: Uint8Array): Operation<void> {
    return operation(() => void this.log.push(`send ${item.length}`))();
  }

  override get extraAttributes(): ExtraAttributes {
    return new Map([name.by(() => "send"), sender.by(() => 1)]);
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

class ReceiveRecorder extends BaseReceiveStream<Uint8Array> implements ByteReceiveStream {
  readonly log: string[] = [];
  private left = 2;
  closing: () => unknown = () => this.log.push("aclose");

  override receive(maxBytes?: number): Operation<Uint8Array> {
    this.log.push(`receive ${maxBytes}`);
    return this.piece();
  }

  override aclose(): Operation<void> {
    return operation(() => this.closing() as never)();
  }

  override get extraAttributes(): ExtraAttributes {
    return new Map([name.by(() => "receive"), receiver.by(() => 2)]);
  }

  private readonly piece = operation(() => Uint8Array.of(this.left--));
}

describe("A stapled byte stream", () => {
  everywhere("passes on what it is asked, to the side that it is for", async () => {
    const [send, receive] = [new Recorder(), new ReceiveRecorder()];
    const stapled = new StapledByteStream(send, receive);
    expect([stapled.sendStream, stapled.receiveStream] as unknown[]).toEqual([send, receive]);
    await stapled.send(new Uint8Array(3));
    await stapled.sendEof();
    expect(send.log.splice(0)).toEqual(["send 3", "aclose"]);
    Object.assign(send, { sendEof: operation(() => send.log.push("sendEof")) });
    await stapled.sendEof();
    expect([...(await stapled.receive(1234))]).toEqual([2]);
    expect([send.log.splice(0), receive.log.splice(0)]).toEqual([["sendEof"], ["receive 1234"]]);
    await stapled.aclose();
    expect([send.log, receive.log]).toEqual([["aclose"], ["aclose"]]);
  });

  everywhere("closes both sides, whatever becomes of the first", async () => {
    const boom = (text: string) => (): never => {
      throw new RangeError(text);
    };
    const [send, receive] = [new Recorder(), new ReceiveRecorder()];
    const stapled = new StapledByteStream(send, receive);
    send.aclose = operation(boom("send"));
    const first = await thrownBy(() => stapled.aclose());
    expect([(first as Error).message, receive.log]).toEqual(["send", ["aclose"]]);
    receive.closing = boom("receive");
    const both = (await thrownBy(() => stapled.aclose())) as AggregateError;
    expect([both.name, (both.errors as Error[]).map(({ message }) => message)]).toEqual([
      "AggregateError",
      ["send", "receive"],
    ]);
    expectSentence(() => {
      throw both;
    }, AggregateError);
  });

  everywhere("closes both sides in a cancelled scope, and lets the cancellation pass, unless one fails", async () => {
    for (const failing of [false, true]) {
      const [send, receive] = [new Recorder(), new ReceiveRecorder()];
      const slow = operation(function* () {
        send.log.push("aclose");
        yield* sleep(1000);
      });
      send.aclose = slow;
      receive.closing = function* () {
        receive.log.push("aclose");
        if (failing) throw new RangeError("receive");
        yield* checkpoint();
      };
      const scope = new CancelScope();
      scope.cancel();
      const seen: unknown[] = [];
      await scope.enter(async () => {
        seen.push(await thrownBy(() => new StapledByteStream(send, receive).aclose()));
      });
      expect([send.log, receive.log]).toEqual([["aclose"], ["aclose"]]);
      expect(failing ? named(seen[0]) : isCancelled(seen[0])).toBe(failing ? "RangeError" : true);
    }
  });

  everywhere("is a loop, an Observable, and closed by await using", async () => {
    const [send, receive] = [new Recorder(), new ReceiveRecorder()];
    {
      await using stapled = new StapledByteStream(send, receive);
      for await (const piece of stapled) {
        expect([...piece]).toEqual([2]);
        break;
      }
    }
    expect([send.log, receive.log]).toEqual([["aclose"], ["receive undefined", "aclose"]]);
  });

  it("tells the extra attributes of both sides, those of the receiving side first", () => {
    const stapled = new StapledByteStream(new Recorder(), new ReceiveRecorder());
    expect([stapled.extra(name), stapled.extra(sender), stapled.extra(receiver)]).toEqual(["receive", 1, 2]);
  });

  it("refuses what is no stream", () => {
    expectSentence(() => new StapledByteStream(new ReceiveRecorder() as never, new ReceiveRecorder()), TypeError);
    expectSentence(() => new StapledByteStream(new Recorder(), null as never), TypeError);
  });
});
