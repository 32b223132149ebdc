import type { ReadFailure } from '../exotel/read.ts';
import { noteThrottled } from './lease-store.ts';
import type { SlotKind } from './limiter.ts';
import type { OwnerContext } from './owner-context.ts';
import { persistently } from './persistently.ts';
import { closeRequest, insertRequest } from './request-store.ts';
import type { RequestKind, RequestResult } from './request-store.ts';

export type ReadAnswer =
  | {
      kind:
        'page' | 'details' | 'calls' | 'active' | 'voice_log' | 'user' | 'device' | 'number' | 'not_found';
    }
  | ReadFailure;

/**
 * One reading request under the account's limit: slot first, then its row, then the request.
 * @param giveUp ends the wait for a slot, besides the end of the term
 * @returns the answer, or null when no slot was to be had or the term ended before the answer came
 */
export async function readFromExotel<Answer extends ReadAnswer>(
  context: OwnerContext,
  slotKind: SlotKind,
  request: { kind: Exclude<RequestKind, 'place'>; attemptId?: string },
  send: () => Promise<Answer>,
  giveUp?: AbortSignal,
): Promise<Answer | null> {
  const { database, term, limiter, throttle, clock, log } = context;
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
  const abandoned = term.signal.aborted && saysNothing(answer);
  const status = answer.kind === 'failed' ? answer.httpStatus : null;
  const opensAt =
    answer.kind === 'throttled' ? clock.monotonic() + throttle.closed(answer.retryAfterMs) : null;
  if (answer.kind !== 'throttled' && answer.kind !== 'unsent' && !abandoned) throttle.passed();
  await persistently(log, 'answer to reading', async () => {
    await closeRequest(database, id, resultOf(answer), status);
    if (opensAt !== null) await noteThrottled(database, term.accountId, opensAt - clock.monotonic());
  });
  return abandoned ? null : answer;
}

/** Nothing was heard of Exotel: past the end of the term it was this process that gave up. */
function saysNothing(answer: ReadAnswer): boolean {
  return answer.kind === 'unsent' || (answer.kind === 'failed' && answer.httpStatus === null);
}

function resultOf(answer: ReadAnswer): RequestResult {
  switch (answer.kind) {
    case 'page':
    case 'details':
    case 'calls':
    case 'active':
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
