import { z } from 'zod';
import { asFields, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { isNotFound } from './get-call-details.ts';
import { failed, read } from './read.ts';
import type { ReadFailure } from './read.ts';
import { parseTime } from './times.ts';
import type { Sender } from './transport.ts';

export type VoiceLogAnswer =
  | {
      kind: 'voice_log';
      /** `available`, `processing`, `not_available` or `expired`, in lower case; others as given. */
      status: string | null;
      recordingUrl: string | null;
      /** When the address stops working; null where that is not told. */
      expiresAt: Date | null;
    }
  | { kind: 'not_found' }
  | ReadFailure;

const logShape = z.looseObject({
  call_sid: textField,
  status: textField,
  recording_url: textField,
  expires_at: z.unknown().optional(),
});

/** Where the recording of a call lies (Voice v3); never throws. */
export async function getVoiceLog(
  transport: Sender,
  { accountSid, callSid }: { accountSid: string; callSid: string },
): Promise<VoiceLogAnswer> {
  const call = `${encodeURIComponent(accountSid)}/calls/${encodeURIComponent(callSid)}`;
  const result = await read(transport, `/v3/accounts/${call}/voice-logs`);
  if (result.kind === 'failed' && isNotFound(result)) return { kind: 'not_found' };
  if (result.kind !== 'read') return result;
  const log = result.items.map(logIn).find((found) => found !== null);
  if (log === undefined || log === null) return failed('the answer holds no voice log', null);
  const { call_sid, status, recording_url: url, expires_at } = logShape.parse(log);
  if (call_sid !== null && call_sid !== callSid) return failed('the answer is about another call', null);
  return {
    kind: 'voice_log',
    status: status?.toLowerCase() ?? null,
    recordingUrl: url !== null && URL.canParse(url) ? url : null,
    expiresAt: parseTime(expires_at),
  };
}

function logIn(item: Fields): Fields | null {
  return asFields(item['voice_log']) ?? ('recording_url' in item ? item : null);
}
