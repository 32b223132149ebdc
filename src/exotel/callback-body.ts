import { z } from 'zod';
import { parseCallDetails } from './call-details.ts';
import type { CallDetails } from './call-details.ts';
import { readCallbackFields } from './callback-fields.ts';
import { parseJsonObject } from './envelope.ts';
import { asFields, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { indianTime } from './times.ts';
import { parseV1Callback } from './v1-callback.ts';
import type { CallbackEvent } from './v1-callback.ts';

export type ParsedCallback =
  | {
      kind: 'callback';
      /**
       * `answered` comes once for the first leg and once more for the second; the legs tell which. `terminal` tells
       * the end of the call; one of v1 that tells none is `unlisted`, whatever it is called.
       */
      eventType: CallbackEvent;
      givenEventType: string | null;
      details: CallDetails;
    }
  | { kind: 'malformed'; why: string };

const eventShape = z.looseObject({ event_type: textField });

/**
 * Reads a status callback: of Voice v2 (JSON with `event_details` and `call_details`), or of v1 (JSON, multipart,
 * urlencoded or in the query string, merged). The declared content type only words the refusal: what a body is, the
 * body tells. v1's times carry no zone; `timeZone` is the account's.
 */
export function parseCallback(
  contentType: string | undefined,
  body: Buffer,
  query: Readonly<Record<string, unknown>>,
  timeZone: string = indianTime,
): ParsedCallback {
  const text = new TextDecoder().decode(body);
  const json = parseJsonObject(text);
  if (json !== null && ('call_details' in json || 'event_details' in json)) return parseV2Callback(json);
  const callback = parseV1Callback(readCallbackFields(text, query), timeZone);
  if (callback !== null) return { kind: 'callback', ...callback };
  if (json !== null) return malformed('the body has neither call_details nor CallSid');
  if (body.length === 0) return malformed('the body is empty');
  return malformed(
    `the body is neither JSON nor a form with a CallSid (content type ${contentType ?? 'not given'})`,
  );
}

function parseV2Callback(json: Fields): ParsedCallback {
  const call = asFields(json['call_details']);
  if (call === null) return malformed('the body has no call_details');
  const details = parseCallDetails(call);
  if (details === null) return malformed('call_details has no call_sid');
  const givenEventType = eventShape.parse(asFields(json['event_details']) ?? {}).event_type;
  const word = givenEventType?.toLowerCase();
  const eventType = word === 'answered' || word === 'terminal' ? word : 'unlisted';
  return { kind: 'callback', eventType, givenEventType, details };
}

function malformed(why: string): ParsedCallback {
  return { kind: 'malformed', why };
}
