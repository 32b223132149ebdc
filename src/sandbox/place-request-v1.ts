import { z } from 'zod';
import { toE164 } from './phone.ts';
import { refusal, type Refusal } from './refusals.ts';

/** A sound v1 placing request. */
export interface PlaceRequestV1 {
  /** The phone that is dialled first where two numbers are connected; null for a flow. */
  readonly agentUri: string | null;
  /** E.164. */
  readonly customer: string;
  readonly virtualNumber: string;
  readonly record: boolean;
  readonly maxTalkMs: number;
  readonly ringMs: number;
  readonly customField: string | null;
  readonly statusCallback: StatusCallback | null;
}

/** Where v1 reports to. Without events it reports once, at the end. */
export interface StatusCallback {
  readonly url: string;
  readonly events: readonly ('answered' | 'terminal' | 'ringing')[];
  readonly json: boolean;
}

const seconds = z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(14_400));
const truth = z.enum(['true', 'false']).transform((text) => text === 'true');

const fieldsSchema = z.object({
  From: z.string(),
  To: z.string().optional(),
  Url: z.string().optional(),
  CallerId: z.string(),
  CallType: z.enum(['trans']).optional(),
  TimeLimit: seconds.default(14_400),
  TimeOut: seconds.default(30),
  Record: truth.optional(),
  RecordingChannels: z.enum(['single', 'dual']).optional(),
  RecordingFormat: z.enum(['mp3', 'mp3-hq']).optional(),
  CustomField: z.string().max(128).optional(),
  StatusCallback: z.url({ protocol: /^https?$/ }).optional(),
  StatusCallbackContentType: z.enum(['multipart/form-data', 'application/json']).optional(),
});

const eventsSchema = z.array(z.enum(['answered', 'terminal', 'ringing']));

/** Reads the body of a v1 placing request, or says why Exotel would refuse it. */
export function readPlaceRequestV1(
  body: unknown,
  { accountSid, recordByDefault }: { accountSid: string; recordByDefault: boolean },
): PlaceRequestV1 | Refusal {
  const form = body instanceof URLSearchParams ? body : new URLSearchParams();
  const given = namedFields(form);
  const missing = ['From', 'CallerId', ...(given['Url'] === undefined ? ['To'] : [])].find(
    (name) => given[name] === undefined,
  );
  if (missing !== undefined) return refusal('missing_parameter', `The '${missing}' parameter is required.`);

  const parsed = fieldsSchema.safeParse(given);
  if (!parsed.success) return invalid(String(parsed.error.issues[0]?.path[0] ?? 'body'));
  const events = eventsSchema.safeParse(eventsIn(form));
  if (!events.success) return invalid('StatusCallbackEvents');

  const fields = parsed.data;
  if (fields.Url !== undefined && !isFlowOf(accountSid, fields.Url)) return invalid('Url');
  const from = contactOf(fields.From);
  if (from === null) return invalid('From');
  const customer = fields.Url === undefined ? phoneOf(fields.To ?? '') : phoneOf(fields.From);
  if (customer === null) return invalid(fields.Url === undefined ? 'To' : 'From');

  return {
    agentUri: fields.Url === undefined ? from : null,
    customer,
    virtualNumber: fields.CallerId,
    record: fields.Record ?? recordByDefault,
    maxTalkMs: fields.TimeLimit * 1000,
    ringMs: fields.TimeOut * 1000,
    customField: fields.CustomField ?? null,
    statusCallback:
      fields.StatusCallback === undefined
        ? null
        : {
            url: fields.StatusCallback,
            events: events.data,
            json: fields.StatusCallbackContentType === 'application/json',
          },
  };
}

/** The fields that Exotel looks at by one name; an empty one counts as not given. */
export function namedFields(form: URLSearchParams): Record<string, string> {
  const filled = [...form].filter(([, value]) => value !== '');
  // An older spelling of its own samples.
  return Object.fromEntries(filled.map(([name, value]) => [name === 'CallerID' ? 'CallerId' : name, value]));
}

/** Clients write the list as `X[0]=`, as `X[]=`, as `X=` more than once or with commas. */
function eventsIn(form: URLSearchParams): string[] {
  return [...form]
    .filter(([name]) => /^StatusCallbackEvents(\[\d*\])?$/.test(name))
    .flatMap(([, value]) => value.split(','))
    .map((event) => event.trim())
    .filter((event) => event !== '');
}

function invalid(name: string): Refusal {
  return refusal('invalid_parameter', `The '${name}' parameter is invalid.`);
}

/** Exotel runs only its own flows; older forms of the address leave out the account or are shorter. */
function isFlowOf(accountSid: string, url: string): boolean {
  const found = /^https?:\/\/my\.exotel\.(?:com|in)\/(?:([^/]+)\/)?exoml\/start(?:_voice)?\/\d+$/.exec(url);
  return found !== null && (found[1] ?? accountSid) === accountSid;
}

function contactOf(text: string): string | null {
  return /^sips?:\S+@\S+$/i.test(text) ? text : phoneOf(text);
}

/** v1 guesses the country of a number that is not in E.164. */
function phoneOf(text: string): string | null {
  return toE164(text) ?? (/^91[1-9]\d{9}$/.test(text) ? `+${text}` : null);
}
