import { z } from 'zod';
import { asFields, textField } from './fields.ts';
import { failed, read } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Sender } from './transport.ts';

export interface ActiveCall {
  callSid: string;
  /** `ringing` or `in-progress`, in lower case; others as given. */
  status: string | null;
  /** As Exotel writes them; compare with `isSameNumber`. */
  from: string | null;
  to: string | null;
}

export type ActiveCallsAnswer = { kind: 'active'; calls: ActiveCall[] } | ReadFailure;

const callShape = z.looseObject({
  call_sid: textField,
  sid: textField,
  status: textField,
  from: textField,
  to: textField,
});

/** The calls of the account that run now (Voice v3); never throws. Not every account has this list. */
export async function listActiveCalls(
  transport: Sender,
  { accountSid }: { accountSid: string },
): Promise<ActiveCallsAnswer> {
  const result = await read(transport, `/v3/accounts/${encodeURIComponent(accountSid)}/calls/active`);
  if (result.kind !== 'read') return result;
  const list = result.items.map((item) => item['active_calls']).find((value) => Array.isArray(value));
  // Without the list nothing is known, which is not the same as no call.
  if (list === undefined) return failed('the answer holds no list of active calls', null);
  return { kind: 'active', calls: list.flatMap(parseActiveCall) };
}

function parseActiveCall(value: unknown): ActiveCall[] {
  const fields = asFields(value);
  if (fields === null) return [];
  const { call_sid, sid, status, from, to } = callShape.parse(fields);
  const callSid = call_sid ?? sid;
  return callSid === null ? [] : [{ callSid, status: status?.toLowerCase() ?? null, from, to }];
}
