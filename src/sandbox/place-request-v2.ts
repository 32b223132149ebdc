import { z } from 'zod';
import { toE164 } from './phone.ts';
import { refusal, type Refusal } from './refusals.ts';

/** A sound v2 placing request. */
export interface PlaceRequestV2 {
  readonly from: { readonly userId: string } | { readonly contactUri: string };
  /** E.164. */
  readonly customer: string;
  readonly virtualNumber: string;
  readonly record: boolean;
  readonly maxTalkMs: number;
  readonly ringMs: number;
  readonly customField: string | null;
  readonly subscriptions: readonly { event: 'answered' | 'terminal'; url: string }[];
}

const seconds = z.int().min(1).max(14_400);
const text = z.string().min(1);

const bodySchema = z.object({
  from: z.union([z.object({ user_id: text }), z.object({ user_contact_uri: text })], {
    error: 'valid from has user_id or user_contact_uri',
  }),
  to: z.unknown(),
  virtual_number: text,
  recording: z.boolean().default(false),
  recording_channels: z
    .enum(['single', 'dual'], { error: 'valid RecordingChannels are single, dual' })
    .optional(),
  wait_audio_url: text.optional(),
  max_time_limit: seconds.default(14_400),
  attempt_time_out: seconds.default(30),
  custom_field: z.string().optional(),
  status_callback: z
    .array(z.object({ event: z.enum(['answered', 'terminal']), url: z.url({ protocol: /^https?$/ }) }))
    .default([]),
});

/** Reads the body of a v2 placing request, or says why Exotel would refuse it. */
export function readPlaceRequestV2(
  body: unknown,
  { acceptToNumber }: { acceptToNumber: boolean },
): PlaceRequestV2 | Refusal {
  if (!isObject(body)) return refusal('invalid_body');
  const missing = ['from', 'to', 'virtual_number'].find(
    (name) => body[name] === undefined || body[name] === null,
  );
  if (missing !== undefined) return refusal('missing_parameter', `${missing} is mandatory`);

  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refusal('invalid_parameter', `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}`);
  }
  const given = parsed.data;
  const customer = customerOf(given.to, acceptToNumber);
  if (customer === null) {
    return refusal('invalid_body', 'Invalid request body,failed parsing : to to.contact_uri is invalid');
  }
  return {
    from:
      'user_id' in given.from ? { userId: given.from.user_id } : { contactUri: given.from.user_contact_uri },
    customer,
    virtualNumber: given.virtual_number,
    record: given.recording,
    maxTalkMs: given.max_time_limit * 1000,
    ringMs: given.attempt_time_out * 1000,
    customField: given.custom_field ?? null,
    subscriptions: given.status_callback,
  };
}

/** `customer_contact_uri` is what all real clients send; `number` is the variant of a newer page. */
function customerOf(to: unknown, acceptToNumber: boolean): string | null {
  if (!isObject(to)) return null;
  const number = to['customer_contact_uri'] ?? (acceptToNumber ? to['number'] : undefined);
  return typeof number === 'string' ? toE164(number) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
