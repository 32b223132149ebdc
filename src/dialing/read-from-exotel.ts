import type { ReadFailure } from '../exotel/read.ts';
import type { SlotKind } from './limiter.ts';
import type { OwnerContext } from './owner-context.ts';
import { persistently } from './persistently.ts';
import { closeRequest, insertRequest } from './request-store.ts';
import type { RequestKind, RequestResult } from './request-store.ts';

export type ReadAnswer =
  | { kind: 'page' | 'details' | 'calls' | 'voice_log' | 'user' | 'device' | 'number' | 'not_found' }
  | ReadFailure;

/**
 * One reading request under the account's limit: slot first, then its row, then the request.
 * @param giveUp ends the wait for a slot, besides the end of the term
 * @returns the answer, or null when no slot was to be had
 */
export async function readFromExotel<Answer extends ReadAnswer>(
  context: OwnerContext,
  slotKind: SlotKind,
  request: { kind: Exclude<RequestKind, 'place'>; attemptId?: string },
  send: () => Promise<Answer>,
  giveUp?: AbortSignal,
): Promise<Answer | null> {
  const { database, term, limiter, throttle, log } = context;
  const signal = giveUp === undefined ? term.signal : AbortSignal.any([term.signal, giveUp]);
  const slot = await limiter.slot(slotKind, signal).catch(() => null);
  if (slot === null) return null;
  const id = await insertRequest(database, {
    accountId: term.accountId,
    epoch: term.epoch,
    ...request,
  }).catch((error: unknown) => {
    slot.unused();
    throw error;
  });
  const answer = await send();
  if (answer.kind === 'unsent') slot.unused();
  else slot.finished();
  if (answer.kind === 'throttled') throttle.closed(answer.retryAfterMs);
  else if (answer.kind !== 'unsent') throttle.passed();
  const status = answer.kind === 'failed' ? answer.httpStatus : null;
  await persistently(log, 'answer to reading', () => closeRequest(database, id, resultOf(answer), status));
  return answer;
}

function resultOf(answer: ReadAnswer): RequestResult {
  switch (answer.kind) {
    case 'page':
    case 'details':
    case 'calls':
    case 'voice_log':
    case 'user':
    case 'device':
    case 'number':
    case 'not_found':
      return 'ok';
    case 'throttled':
    case 'unsent':
    case 'failed':
      return answer.kind;
  }
}
