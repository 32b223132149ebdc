import { Pool } from 'undici';
import type { buildConnector } from 'undici';
import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { exchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';

export interface Credentials {
  key: string;
  token: string;
}

/** All in ms. */
export interface Timeouts {
  /** Until the first byte is written: name, connection, TLS. */
  connect: number;
  /** From the first byte of a placing request to the last of its answer; above 30 s, so that an answer at 30 s counts. */
  placing: number;
  /** The same for a reading request. */
  reading: number;
  /** Between two pieces of an answer's body. */
  body: number;
}

const defaultTimeouts: Timeouts = { connect: 10_000, placing: 35_000, reading: 30_000, body: 10_000 };

export interface TransportOptions {
  /** Scheme and host, with a path in front of the API's own if there is one; never with credentials. */
  baseUrl: string;
  credentials: Credentials;
  /**
   * Asked right before the bytes of any request go to the socket, also when a connection had to be made first.
   * A reason stops the request (it becomes `unsent`); null lets it go.
   */
  mayWrite: () => string | null;
  /** Ends reading requests that are under way. */
  abandonReads?: AbortSignal;
  clock: Clock;
  timeouts?: Partial<Timeouts>;
  /** Largest body that is read, in bytes. */
  maxBodyBytes?: number;
  /** How a connection is made, where undici's own way will not do (a private authority, a slow one in a test). */
  connect?: buildConnector.connector | buildConnector.BuildOptions;
  log?: Log;
}

export interface TransportRequest {
  /** POST places a call; PUT changes what stands at its path, as often as one likes; GET only reads. */
  method: 'GET' | 'POST' | 'PUT';
  /** Path and query, beginning with a slash. */
  path: string;
  body?: { contentType: string; text: string };
}

export interface Transport {
  /** Sends the request at most once, follows no redirect, never throws. */
  send(request: TransportRequest): Promise<Exchange>;
  /** Takes no new request and waits for those under way. */
  close(): Promise<void>;
}

/** What a single request needs of a transport. */
export type Sender = Pick<Transport, 'send'>;

/** HTTP to one host of one Exotel account. Throws UserError for a base URL that cannot be used. */
export function createTransport(options: TransportOptions): Transport {
  const { origin, prefix } = parseBaseUrl(options.baseUrl);
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const basic = basicCredentials(options.credentials);
  const hide = createHider([basic, options.credentials.token, options.credentials.key]);
  const pools = createPools(origin, timeouts, options);
  let closing: Promise<void> | null = null;

  async function send({ method, path, body }: TransportRequest): Promise<Exchange> {
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: `Basic ${basic}`,
      'user-agent': 'campaign-dialer',
    };
    if (body !== undefined) headers['content-type'] = body.contentType;
    const result = await exchange({
      dispatcher: method === 'GET' ? pools.reading : pools.placing,
      request: { method, path: prefix + path, headers, body: body?.text ?? null },
      mayWrite: options.mayWrite,
      now: () => options.clock.now(),
      connectTimeout: timeouts.connect,
      answerTimeout: method === 'POST' ? timeouts.placing : timeouts.reading,
      ...(method === 'GET' && options.abandonReads !== undefined && { abandon: options.abandonReads }),
    });
    const shown = withoutCredentials(result, hide);
    options.log?.debug({ method, path: withoutNumbers(path), ...summary(shown) }, 'exotel request');
    return shown;
  }

  return {
    send,
    close() {
      closing ??= Promise.all([pools.placing.close(), pools.reading.close()]).then(() => undefined);
      return closing;
    },
  };
}

/**
 * A placing request always opens its own connection (`pipelining: 0` is undici's "no keep-alive"). A server may close
 * an idle connection at any moment without a word (a reload does), and a POST that meets that reset may or may not
 * have placed a call. At three calls a second the handshake costs nothing that matters.
 * A reading request that meets a reset is only asked again, so those share connections for most of a second.
 */
function createPools(origin: string, timeouts: Timeouts, options: TransportOptions) {
  const shared = {
    // With HTTP/2 many calls would share the fate of one connection, and "written" could not be told per request.
    allowH2: false,
    connect:
      typeof options.connect === 'function'
        ? options.connect
        : { timeout: timeouts.connect, ...options.connect, allowH2: false },
    bodyTimeout: timeouts.body,
    // The exchange's own deadline is exact; undici's ticks every half second and only stands behind it.
    headersTimeout: 0,
    maxResponseSize: options.maxBodyBytes ?? 5_000_000,
  };
  return {
    placing: new Pool(origin, { ...shared, pipelining: 0 }),
    reading: new Pool(origin, { ...shared, keepAliveTimeout: 900, keepAliveMaxTimeout: 900 }),
  };
}

function parseBaseUrl(baseUrl: string): { origin: string; prefix: string } {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UserError('Exotel URL: not an http(s) address; write it like https://ccm-api.exotel.com', {
      exitCode: 2,
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserError(
      'Exotel URL: leave the credentials out of it; they belong into EXOTEL_API_KEY and EXOTEL_API_TOKEN',
      { exitCode: 2 },
    );
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

function basicCredentials({ key, token }: Credentials): string {
  return Buffer.from(`${key}:${token}`, 'utf8').toString('base64');
}

type Hide = (text: string) => string;

// A proxy's error page may quote the request back, and error texts go into tables and logs.
function createHider(secrets: string[]): Hide {
  const telling = secrets.filter((secret) => secret.length >= 8);
  return (text) => telling.reduce((hidden, secret) => hidden.replaceAll(secret, '[hidden]'), text);
}

function withoutCredentials(result: Exchange, hide: Hide): Exchange {
  if (result.kind === 'answered') return { ...result, body: hide(result.body) };
  return { ...result, why: hide(result.why) };
}

/** Searches carry phone numbers in the query, number metadata as a piece of the path; no log shall. */
function withoutNumbers(path: string): string {
  return path.replace(/\?.*$/s, '').replaceAll(/(?<=\/)(?:\+|%2B)?\d{7,}(?=[./]|$)/gi, '…');
}

function summary(result: Exchange): object {
  if (result.kind === 'answered') return { result: result.kind, status: result.status };
  return { result: result.kind, why: result.why };
}
