import { parseEnvelope } from './envelope.ts';
import type { ApiError, Envelope } from './envelope.ts';
import { decide, textOf } from './error-codes.ts';
import type { Decision } from './error-codes.ts';
import type { Unsent } from './exchange.ts';
import type { Sender } from './transport.ts';

/** Why a reading request brought nothing. */
export type ReadFailure =
  | { kind: 'throttled'; retryAfterMs: number | null }
  | Unsent
  | {
      kind: 'failed';
      why: string;
      /** What a known code (or a 401, 402, 403) means; null where nothing follows from it. */
      decision: Decision | null;
      advice: string | null;
      code: number | null;
      httpStatus: number | null;
    };

export type ReadResult =
  { kind: 'read'; items: Items; metadata: Metadata; error: ApiError | null } | ReadFailure;
type Success = Extract<Envelope, { kind: 'success' }>;
type Items = Success['items'];
type Metadata = Success['metadata'];

/**
 * One GET, unwrapped. An answer of which only some items failed (HTTP 2xx, 207) is read with what it has and the
 * first `error` beside it.
 */
export async function read(transport: Sender, path: string): Promise<ReadResult> {
  const result = await transport.send({ method: 'GET', path });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return failed(result.why, null);
  const envelope = parseEnvelope(result);
  if (envelope.kind === 'success') return { ...envelope, kind: 'read', error: null };
  if (envelope.kind === 'unreadable') {
    return failed(`HTTP ${result.status} with a body that is not JSON`, result.status);
  }
  const { items, metadata, error } = envelope;
  if (result.status < 300 && items.length > 0) return { kind: 'read', items, metadata, error };
  return failureOf(error, result.retryAfterMs);
}

/** Why a reading request brought nothing, by the error that it was answered with. */
export function failureOf(error: ApiError, retryAfterMs: number | null): ReadFailure {
  const { decision, advice, listed } = decide(error);
  if (decision === 'throttled') return { kind: 'throttled', retryAfterMs };
  return {
    kind: 'failed',
    why: textOf(error),
    decision: listed ? decision : null,
    advice: listed ? advice : null,
    code: error.code,
    httpStatus: error.httpStatus,
  };
}

/** A reading request that brought nothing, for a reason that no code gives. */
export function failed(why: string, httpStatus: number | null): ReadFailure {
  return { kind: 'failed', why, decision: null, advice: null, code: null, httpStatus };
}
