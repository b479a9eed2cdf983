/**
 * A server to try the client with: on loopback, on a port of its own, and gone when it is disposed.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** `/flaky` answers at the third time, `/slow` never, and everything else is missing. */
export class Shop implements AsyncDisposable {
  /** What was asked for, and what became of it. */
  readonly log: string[] = [];
  private readonly server: Server;
  private flaky = 0;
  private waiting = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      this.answer(request, response);
    });
  }

  static async open(): Promise<Shop> {
    const shop = new Shop();
    shop.server.listen(0, "127.0.0.1");
    await once(shop.server, "listening");
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Waits until nobody waits for an answer any more: a server hears a moment later that its client has gone. */
  async quiet(): Promise<void> {
    while (this.waiting > 0) await once(this.server, "left");
  }

  private answer({ url }: IncomingMessage, response: ServerResponse): void {
    const end = (status: number, text: string): void => {
      this.log.push(`${url ?? ""} ${String(status)}`);
      response.writeHead(status).end(text);
    };
    if (url === "/flaky") {
      if (++this.flaky < 3) end(503, "not yet");
      else end(200, `got it, asked ${String(this.flaky)} times`);
    } else if (url === "/slow") {
      this.waiting++;
      response.on("close", () => {
        this.log.push("/slow left");
        this.waiting--;
        this.server.emit("left");
      });
    } else end(404, "no such thing");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}
