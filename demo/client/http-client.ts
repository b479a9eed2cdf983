/**
 * A library with anyrx inside: a small HTTP client that retries and remembers.
 *
 * It is written once, and its author never asks who will call it. Four users of it, each in a world of their own, are in `users/`.
 *
 * @module
 */

import {
  abortable,
  CancelScope,
  CapacityLimiter,
  failAfter,
  isTimeoutError,
  type Operation,
  operation,
  type OperationGenerator,
  retry,
} from "anyrx";
import { FreshCache } from "./fresh-cache.ts";
import { HttpError } from "./http-error.ts";

/** Options of {@link HttpClient}. */
export interface HttpClientOptions {
  /** How many times to ask for one address, in all. Default 3. */
  readonly attempts?: number;
  /** How long to wait before the second time, in ms; twice as long before each further one. Default 20. */
  readonly delay?: number;
  /** How long one attempt may take, in ms. Default 10,000. */
  readonly patience?: number;
  /** How long an answer is remembered, in ms. Default 60,000. */
  readonly freshFor?: number;
  /** How many requests may be on their way at the same time. Default 6. */
  readonly concurrency?: number;
}

/** Gets texts. Each call can be awaited, subscribed to, or `yield*`ed in a generator of anyrx, Effect or Effection. */
export class HttpClient {
  private readonly options: Required<HttpClientOptions>;
  private readonly cache: FreshCache<string>;
  private readonly requests: CapacityLimiter;

  constructor(options: HttpClientOptions = {}) {
    this.options = { attempts: 3, delay: 20, patience: 10_000, freshFor: 60_000, concurrency: 6, ...options };
    this.cache = new FreshCache(100, this.options.freshFor);
    this.requests = new CapacityLimiter(this.options.concurrency);
  }

  /** How many requests are on their way. */
  get inFlight(): number {
    return this.requests.borrowedTokens;
  }

  /**
   * Gets the text at `url`. Asks again after a failure that may pass; what was got lately is not asked for.
   *
   * @param signal - Aborts it, for those who have nothing else to cancel with. It is rejected with the signal's reason.
   * @throws {HttpError} When the server answered with no success.
   */
  get(url: string, { signal }: { readonly signal?: AbortSignal } = {}): Operation<string> {
    return signal === undefined ? this.remembered(url) : obeying(signal, this.remembered(url));
  }

  private readonly remembered = operation((url: string) => this.lookUp(url));

  private *lookUp(url: string): OperationGenerator<string> {
    const known = this.cache.get(url);
    if (known !== undefined) return known;
    const { attempts, delay } = this.options;
    const text = yield* retry(() => this.request(url), { attempts, delay, shouldRetry: mayPass });
    this.cache.set(url, text);
    return text;
  }

  private *request(url: string): OperationGenerator<string> {
    return yield* this.requests.hold(() =>
      failAfter(this.options.patience, () => abortable((signal) => fetchText(url, signal))),
    );
  }
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (response.ok) return await response.text();
  await response.body?.cancel();
  throw new HttpError(url, response.status);
}

/** Whether it is worth to ask again: the server is in trouble, it was slow, or there was no way to it. */
function mayPass(error: unknown): boolean {
  return error instanceof HttpError ? error.status >= 500 : isTimeoutError(error) || error instanceof TypeError;
}

const obeying = operation(function* <T>(signal: AbortSignal, work: Operation<T>): OperationGenerator<T> {
  const scope = CancelScope.from(signal);
  const value = yield* scope.enter(() => work);
  if (scope.cancelledCaught) throw signal.reason;
  return value as T;
});
