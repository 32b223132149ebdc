import { z } from 'zod';
import { secondsBetween, secondsField } from './call-details.ts';
import type { CallDetails } from './call-details.ts';
import { asFields, sidField } from './fields.ts';
import type { Fields } from './fields.ts';
import { parseTime } from './times.ts';
import { v1Status, v1Text } from './v1-fields.ts';
import { parseV1Legs } from './v1-legs.ts';

const callShape = z.looseObject({
  Sid: v1Text,
  CallSid: v1Text,
  Status: v1Text,
  From: v1Text,
  To: v1Text,
  StartTime: v1Text,
  EndTime: v1Text,
  Duration: secondsField,
  ConversationDuration: secondsField,
  RecordingUrl: v1Text,
  CustomField: v1Text,
});
const detailsShape = z.looseObject({ ConversationDuration: secondsField });

// `in-progress` right after placing means "accepted", not "answered"; both are a call that still runs.
const activeStatuses: ReadonlySet<string> = new Set(['queued', 'ringing', 'in-progress']);
const finalStatuses: ReadonlySet<string> = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

/**
 * Reads a call in v1's names: from the answer to placing, a single look (with `Details`), a line of the bulk list or
 * a callback (with `Legs`). Times without a zone are read in `timeZone`. Null when it names no call SID.
 */
export function parseV1Call(given: Fields, timeZone: string): CallDetails | null {
  const raw = withoutSignedAddress(given);
  const fields = callShape.parse(raw);
  const callSid = sidField.parse(fields.CallSid ?? fields.Sid);
  if (callSid === null) return null;
  const status = v1Status.parse(fields.Status);
  const startedAt = parseTime(fields.StartTime, timeZone);
  const endedAt = parseTime(fields.EndTime, timeZone);
  const details = detailsShape.parse(asFields(raw['Details']) ?? {});
  return {
    api: 'v1',
    callSid,
    state: stateOf(status, endedAt),
    givenState: null,
    status,
    givenStatus: fields.Status,
    ...parseV1Legs(raw, fields),
    from: fields.From,
    to: fields.To,
    startedAt,
    endedAt,
    talkSeconds: fields.ConversationDuration ?? details.ConversationDuration,
    durationSeconds: fields.Duration ?? secondsBetween(startedAt, endedAt),
    recordingUrl: asUrl(fields.RecordingUrl),
    customField: fields.CustomField,
    raw,
  };
}

function stateOf(status: string | null, endedAt: Date | null): CallDetails['state'] {
  if (status === null) return 'unlisted';
  if (activeStatuses.has(status)) return 'active';
  // A word that nobody documented is an end where the call has one.
  return finalStatuses.has(status) || endedAt !== null ? 'terminal' : 'unlisted';
}

/** What is read may be stored, and for some minutes the signed address opens the recording to anyone. */
function withoutSignedAddress(given: Fields): Fields {
  const { PreSignedRecordingUrl: _signed, ...rest } = given;
  return rest;
}

function asUrl(text: string | null): string | null {
  return text !== null && URL.canParse(text) ? text : null;
}
