import { z } from 'zod';
import { parseJsonObject } from '../exotel/envelope.ts';
import { textField } from '../exotel/fields.ts';

/** A request of an applet as it came. */
export interface GivenRequest {
  contentType: string | null;
  query: Record<string, unknown>;
  body: Buffer;
}

/** What an applet tells of its call; each part is null where it is absent. */
export interface IncomingCall {
  callSid: string | null;
  /** `outbound`: we called, and the customer is in a flow now. */
  direction: 'incoming' | 'outbound' | null;
  givenDirection: string | null;
  /** The numbers that may be the customer's, as given (often in national form), the likeliest first. */
  parties: string[];
  from: string | null;
  to: string | null;
  /** The keys that were pressed, without the quotation marks in which they come. */
  digits: string | null;
  customField: string | null;
  /** Of a Connect applet's events: the agent's number as given, and whether the agent is being called or is free again. */
  agentNumber: string | null;
  agentStatus: 'busy' | 'free' | null;
}

const shape = z.looseObject({
  callsid: textField,
  direction: textField,
  from: textField,
  callfrom: textField,
  to: textField,
  callto: textField,
  digits: textField,
  customfield: textField,
  dialwhomnumber: textField,
  status: textField,
  eventtype: textField,
});

/**
 * Reads what the Passthru and Connect applets send: by GET with a query string as documented (Exotel support articles
 * 48283, 48284 and 3000096873), and in any body too, whatever its type claims. Never throws.
 */
export async function readIncomingCall({ query, body }: GivenRequest): Promise<IncomingCall> {
  const fields = shape.parse({ ...(await fieldsOfBody(body)), ...withoutCase(query) });
  const word = fields.direction?.toLowerCase() ?? null;
  const direction =
    word === null ? null : word.startsWith('out') ? 'outbound' : word.startsWith('in') ? 'incoming' : null;
  // an incoming call has our ExoPhone in To; in a call of ours it is From that was called first, which is the customer
  const others = direction === 'outbound' ? [fields.to, fields.callto] : [];
  return {
    callSid: fields.callsid,
    direction,
    givenDirection: fields.direction,
    parties: [fields.from, fields.callfrom, ...others].filter((number) => number !== null),
    from: fields.from ?? fields.callfrom,
    to: fields.to ?? fields.callto,
    digits: withoutQuotes(fields.digits),
    customField: fields.customfield,
    agentNumber: fields.dialwhomnumber,
    agentStatus: agentStatus(fields.status, fields.eventtype),
  };
}

function agentStatus(status: string | null, eventType: string | null): IncomingCall['agentStatus'] {
  if (status?.toLowerCase() === 'free' || eventType?.toLowerCase() === 'terminal') return 'free';
  return status?.toLowerCase() === 'busy' || isCalling.has(eventType?.toLowerCase() ?? '') ? 'busy' : null;
}

/** The events of a Connect applet between its first ring and its end; some come without a status. */
const isCalling: ReadonlySet<string> = new Set(['dial', 'ringing', 'answered']);

/** The Gather applet's keys come as `"9"`, the quotation marks being part of the value. */
function withoutQuotes(digits: string | null): string | null {
  const keys = digits?.replaceAll('"', '').trim() ?? '';
  return keys === '' ? null : keys;
}

async function fieldsOfBody(body: Buffer): Promise<Record<string, unknown>> {
  if (body.length === 0) return {};
  const text = new TextDecoder().decode(body);
  const json = parseJsonObject(text);
  if (json !== null) return withoutCase(json);
  const boundary = /^--([^\r\n]{1,70})\r?\n/.exec(text)?.[1];
  return withoutCase(
    Object.fromEntries(boundary === undefined ? new URLSearchParams(text) : await partsOf(body, boundary)),
  );
}

async function partsOf(body: Buffer, boundary: string): Promise<Iterable<[string, unknown]>> {
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  // a body that breaks off has no parts that could be trusted
  return await new Response(new Uint8Array(body), { headers }).formData().catch(() => []);
}

/** Field names in lower case; of a field given twice the first counts. */
function withoutCase(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]): [string, unknown] => [
        name.toLowerCase(),
        Array.isArray(value) ? value[0] : value,
      ])
      .toReversed(),
  );
}
