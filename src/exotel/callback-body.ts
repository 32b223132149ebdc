import { z } from 'zod';
import { parseJsonObject } from './envelope.ts';
import { asFields, textField } from './fields.ts';
import type { Fields } from './fields.ts';
import { parseCallDetails } from './call-details.ts';
import type { CallDetails } from './call-details.ts';

export type ParsedCallback =
  | {
      kind: 'callback';
      /** `answered` comes once for the agent's leg and once more for the customer's; the legs tell which. */
      eventType: 'answered' | 'terminal' | 'unlisted';
      givenEventType: string | null;
      details: CallDetails;
    }
  | { kind: 'malformed'; why: string };

const eventShape = z.looseObject({ event_type: textField });

/**
 * Reads the body of a status callback (Voice v2: JSON with `event_details` and `call_details`). The declared content
 * type only words the refusal: whether a body is JSON is told by the body.
 */
export function parseCallback(
  contentType: string | undefined,
  body: Buffer,
  query: Readonly<Record<string, unknown>>,
): ParsedCallback {
  const json = parseJsonObject(new TextDecoder().decode(body));
  if (json !== null) return parseV2Callback(json);
  if (body.length > 0) return malformed(`the body is not JSON (content type ${contentType ?? 'not given'})`);
  return malformed(
    'CallSid' in query ? 'the call is in the query string, not in a body' : 'the body is empty',
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
