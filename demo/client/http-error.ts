/** The server answered, and it was no success. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly url: string;
  readonly status: number;

  constructor(url: string, status: number) {
    super(`Cannot get ${url}: the server answered ${String(status)}; check the address, or ask again later`);
    this.url = url;
    this.status = status;
  }
}
