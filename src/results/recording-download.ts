import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { messageOf } from '../errors.ts';
import type { RecordingAddress } from './recording-address.ts';

export type Download =
  | { kind: 'done'; bytes: number }
  /** `again`: worth another try later */
  | { kind: 'missing'; reason: string; again: boolean };

export interface DownloadOptions {
  credentials: { key: string; token: string };
  dispatcher: Dispatcher;
  signal: AbortSignal;
  /** waits so many ms between two tries */
  pause: (milliseconds: number) => Promise<void>;
}

const mostRedirects = 5;
const tries = 3;

/**
 * Fetches a recording into a file, which has its name only when it is whole: until then it is `.partial` beside it.
 * What fails on the way is tried again, twice. Errors of the disk are thrown.
 */
export async function downloadRecording(
  address: RecordingAddress,
  path: string,
  options: DownloadOptions,
): Promise<Download> {
  for (let tried = 1; ; tried += 1) {
    const download = await once(address, path, options);
    if (download.kind === 'done' || !download.again || tried === tries) return download;
    await options.pause(500 * 4 ** (tried - 1));
  }
}

async function once(address: RecordingAddress, path: string, options: DownloadOptions): Promise<Download> {
  const { signal } = options;
  let response: Dispatcher.ResponseData;
  try {
    response = await answerOf(address, options);
  } catch (error) {
    signal.throwIfAborted();
    return later(`${address.url.host} cannot be reached (${messageOf(error)})`);
  }
  const refusal = refusalOf(response, address.url.host);
  if (refusal !== null) {
    await response.body.dump();
    return refusal;
  }
  return await save(response, path, signal);
}

/** A redirect is followed without credentials, wherever it leads. */
async function answerOf(
  { url, credentials }: RecordingAddress,
  options: DownloadOptions,
): Promise<Dispatcher.ResponseData> {
  const { dispatcher, signal, credentials: account } = options;
  const basic = Buffer.from(`${account.key}:${account.token}`, 'utf8').toString('base64');
  let next = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(next, {
      dispatcher,
      signal,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'campaign-dialer',
        ...(credentials && redirects === 0 && { authorization: `Basic ${basic}` }),
      },
    });
    const { location } = response.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode);
    if (!isRedirect || typeof location !== 'string') return response;
    await response.body.dump();
    if (redirects === mostRedirects) throw new Error('it sends from one place to another without end');
    next = new URL(location, next);
    if (!['http:', 'https:'].includes(next.protocol))
      throw new Error('it sends to an address that is no http(s) URL');
  }
}

function refusalOf({ statusCode, headers }: Dispatcher.ResponseData, host: string): Download | null {
  const code = `(${statusCode})`;
  if (statusCode === 401 || statusCode === 403) {
    return never(
      `${host} refuses the account's credentials ${code}: check its key and token, or whether the file has expired`,
    );
  }
  if (statusCode === 404 || statusCode === 410) {
    return never(
      `${host} does not have it ${code}: it comes some minutes after the call and is kept for some months`,
    );
  }
  if (statusCode === 429 || statusCode >= 500) return later(`${host} is out of order or busy ${code}`);
  if (statusCode !== 200) return never(`${host} answers ${code}`);
  // a page to log in at comes with 200, too
  const type = String(headers['content-type'] ?? '');
  return /^(?:text\/|application\/(?:json|xml|xhtml))/i.test(type)
    ? never(`${host} answers with ${type}, which is no recording`)
    : null;
}

async function save(response: Dispatcher.ResponseData, path: string, signal: AbortSignal): Promise<Download> {
  const partial = `${path}.partial`;
  // flushed: a file that is whole by its name must be whole on the disk
  const file = createWriteStream(partial, { flush: true });
  let broken: unknown = null;
  response.body.once('error', (error) => (broken = error));
  try {
    await pipeline(response.body, file, { signal });
  } catch (error) {
    await rm(partial, { force: true });
    signal.throwIfAborted();
    if (broken === null) throw error;
    return later(`it broke off (${messageOf(error)})`);
  }
  const bytes = file.bytesWritten;
  const expected = response.headers['content-length'];
  if (bytes === 0 || (typeof expected === 'string' && Number(expected) !== bytes)) {
    await rm(partial, { force: true });
    return later(bytes === 0 ? 'it is empty' : `it has ${bytes} bytes instead of ${String(expected)}`);
  }
  await rename(partial, path);
  return { kind: 'done', bytes };
}

function later(reason: string): Download {
  return { kind: 'missing', reason, again: true };
}

function never(reason: string): Download {
  return { kind: 'missing', reason, again: false };
}
