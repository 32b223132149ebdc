import type { Dispatcher } from 'undici';
import { messageOf } from '../errors.ts';
import { parseRetryAfter } from './retry-after.ts';

/**
 * What became of one HTTP request.
 * `unsent`: certainly no byte of it left this process. `unknown`: some may have, and no full answer came back.
 */
export type Exchange = Answered | Unsent | { kind: 'unknown'; why: string };

/** Nothing was sent: Exotel could not be reached, or (`fenced`) this process must not send any more. */
export interface Unsent {
  kind: 'unsent';
  why: string;
  fenced: boolean;
}

export interface Answered {
  kind: 'answered';
  status: number;
  contentType: string | null;
  /** What the `Retry-After` header asks for; not capped. */
  retryAfterMs: number | null;
  /** The answer's `Date` header: the provider's clock. */
  date: Date | null;
  body: string;
}

export interface ExchangeOptions {
  dispatcher: Dispatcher;
  request: {
    method: 'GET' | 'POST' | 'PUT';
    path: string;
    headers: Record<string, string>;
    body: string | null;
  };
  /** Asked right before the first byte is written; a reason means: write nothing. */
  mayWrite: () => string | null;
  /** Wall-clock ms, for a `Retry-After` date without a `Date` beside it. */
  now: () => number;
  /** ms until the first byte must have been written. */
  connectTimeout: number;
  /** ms from the first byte written to the last byte read. */
  answerTimeout: number;
  /** Ends it when nobody wants its answer any more. */
  abandon?: AbortSignal;
}

/** Sends one request at most once and says what became of it; never throws. */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => {
    const { method, path, headers, body } = options.request;
    const handler = new ExchangeHandler(options, resolve);
    try {
      options.dispatcher.dispatch({ method, path, headers, body }, handler);
    } catch (error) {
      handler.onResponseError(null, error);
    }
  });
}

/**
 * undici calls `onRequestStart` synchronously before the first byte goes to a socket that is already connected.
 * Whether it was called is therefore the one test of "unsent" that needs no list of error codes.
 */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #resolve: (result: Exchange) => void;
  #phase: 'connecting' | 'written' | 'settled' = 'connecting';
  #deadline: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  readonly #chunks: Buffer[] = [];

  constructor(options: ExchangeOptions, resolve: (result: Exchange) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#deadline = this.#giveUpAfter(options.connectTimeout, 'no connection');
    options.abandon?.addEventListener('abort', this.#onAbandon, { once: true });
    if (options.abandon?.aborted === true) this.#onAbandon();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici puts a request whose socket it closed itself back into its queue. A second start would be a second
    // call, and a start after the deadline was reported as unsent would be a call that nobody knows of.
    if (this.#phase !== 'connecting') {
      this.#fail('the connection was lost');
      controller.abort(new Error('a request is written once'));
      return;
    }
    const refusal = this.#refusal();
    if (refusal !== null) {
      this.#settle({ kind: 'unsent', why: refusal, fenced: true });
      controller.abort(new Error(refusal));
      return;
    }
    clearTimeout(this.#deadline);
    this.#phase = 'written';
    this.#controller = controller;
    this.#deadline = this.#giveUpAfter(this.#options.answerTimeout, 'no full answer');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const parsed = Date.parse(this.#header('date') ?? '');
    const date = Number.isNaN(parsed) ? null : new Date(parsed);
    this.#settle({
      kind: 'answered',
      status: this.#status,
      contentType: this.#header('content-type'),
      retryAfterMs: parseRetryAfter(
        this.#header('retry-after'),
        date === null ? this.#options.now() : date.getTime(),
      ),
      date,
      body: new TextDecoder().decode(Buffer.concat(this.#chunks)),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    this.#fail(describeFailure(error));
  }

  readonly #onAbandon = (): void => {
    const why = 'nobody waits for the answer any more';
    if (this.#phase === 'connecting') this.#settle({ kind: 'unsent', why, fenced: true });
    else this.#fail(why);
    this.#controller?.abort(new Error(why));
  };

  #refusal(): string | null {
    try {
      return this.#options.mayWrite();
    } catch (error) {
      return `the check before writing failed: ${messageOf(error)}`;
    }
  }

  #header(name: string): string | null {
    const value = this.#headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  }

  // After a stall of this process an answer may already lie in the socket when the timer fires: the turn of the
  // event loop before setImmediate reads it, and a call that was answered is not reported as unknown.
  #giveUpAfter(timeout: number, what: string): NodeJS.Timeout {
    return setTimeout(() => {
      setImmediate(() => {
        const why = `${what} within ${timeout / 1000} s`;
        this.#fail(why);
        this.#controller?.abort(new Error(why));
      });
    }, timeout);
  }

  #fail(why: string): void {
    this.#settle(
      this.#phase === 'connecting' ? { kind: 'unsent', why, fenced: false } : { kind: 'unknown', why },
    );
  }

  #settle(result: Exchange): void {
    if (this.#phase === 'settled') return;
    this.#phase = 'settled';
    clearTimeout(this.#deadline);
    this.#options.abandon?.removeEventListener('abort', this.#onAbandon);
    this.#resolve(result);
  }
}

const failures: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name could not be looked up',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EPIPE: 'connection closed while writing',
  UND_ERR_CLOSED: 'this client is closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_DESTROYED: 'this client is closed',
  UND_ERR_HEADERS_OVERFLOW: 'the answer has too large headers',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  UND_ERR_SOCKET: 'connection closed without a full answer',
};

function describeFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `${failures[code] ?? 'the request failed'} (${messageOf(error)})`;
}
