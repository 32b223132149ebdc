import { isNotFound } from './get-call-details.ts';
import type { CallDetailsAnswer } from './get-call-details.ts';
import { failed } from './read.ts';
import { readV1 } from './read-v1.ts';
import type { Transport } from './transport.ts';
import { callRecordsIn } from './v1-body.ts';
import { parseV1Call } from './v1-call.ts';

/** Asks Voice v1 what became of a call, its legs included; never throws. */
export async function getV1Call(
  transport: Transport,
  { accountSid, callSid, timeZone }: { accountSid: string; callSid: string; timeZone: string },
): Promise<CallDetailsAnswer> {
  const account = encodeURIComponent(accountSid);
  const path = `/v1/Accounts/${account}/Calls/${encodeURIComponent(callSid)}.json?details=true`;
  const result = await readV1(transport, path);
  if (result.kind === 'failed' && isNotFound(result)) return { kind: 'not_found' };
  if (result.kind !== 'read') return result;
  for (const record of callRecordsIn(result.answer)) {
    // The page that shows the details leaves the SID out of its example, and the path has named the call.
    const details = parseV1Call('Sid' in record ? record : { Sid: callSid, ...record }, timeZone);
    if (details?.callSid === callSid) return { kind: 'details', details };
  }
  return failed('the answer tells nothing of the call that was asked for', null);
}
