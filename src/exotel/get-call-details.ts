import { parseCallDetails } from './call-details.ts';
import type { CallDetails } from './call-details.ts';
import { failed, read } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Transport } from './transport.ts';

/** Which API is asked about a call. v3 is said to know calls placed by v2 or v1; that is unproven. */
export type CallDetailsApi = 'v2' | 'v3';

export type CallDetailsAnswer =
  { kind: 'details'; details: CallDetails } | { kind: 'not_found' } | ReadFailure;

/** Asks what became of a call; never throws. Right after placing, `not_found` may only mean "not yet visible". */
export async function getCallDetails(
  transport: Transport,
  request: { accountSid: string; callSid: string; api: CallDetailsApi },
): Promise<CallDetailsAnswer> {
  const account = encodeURIComponent(request.accountSid);
  const call = encodeURIComponent(request.callSid);
  const result = await read(transport, `/${request.api}/accounts/${account}/calls/${call}`);
  if (result.kind === 'failed' && isNotFound(result)) return { kind: 'not_found' };
  if (result.kind !== 'read') return result;
  const details = result.items.map(parseCallDetails).find((found) => found?.callSid === request.callSid);
  if (details !== undefined && details !== null) return { kind: 'details', details };
  return failed('the answer tells nothing of the call that was asked for', null);
}

// An unknown call is a plain 404 by the general error table; a 404 whose code we know says something else (1017).
/** Whether a failure to read says that there is no such thing. */
export function isNotFound({ decision, httpStatus }: Extract<ReadFailure, { kind: 'failed' }>): boolean {
  return decision === 'call_not_found' || (decision === null && httpStatus === 404);
}
