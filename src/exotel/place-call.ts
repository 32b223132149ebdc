import { parseCallDetails } from './call-details.ts';
import type { CallDetails } from './call-details.ts';
import type { Envelope } from './envelope.ts';
import { decide } from './error-codes.ts';
import { readPlaceAnswer } from './place-answer.ts';
import type { PlaceAnswer } from './place-answer.ts';
import type { Transport } from './transport.ts';

export type { PlaceAnswer, Refusal } from './place-answer.ts';

export interface PlaceCallRequest {
  accountSid: string;
  /** The agent; the user id is sent where both are given. */
  from: { userId: string | null; contactUri: string | null };
  /** The customer's number in E.164. */
  to: string;
  /** An ExoPhone of the account. */
  callerId: string;
  recording: boolean;
  recordingChannels: 'single' | 'dual';
  /** Seconds each leg may ring. */
  ringSeconds: number;
  /** Seconds the whole call may last. */
  maxSeconds: number;
  /** Comes back in callbacks and details. */
  customField: string;
  /** Where Exotel reports `answered` and `terminal`; null for no callbacks. */
  callbackUrl: string | null;
}

/** Asks Exotel (Voice v2) to connect an agent with a customer, once; never throws. */
export async function placeCall(transport: Transport, request: PlaceCallRequest): Promise<PlaceAnswer> {
  const from = agentOf(request);
  if (from === null)
    return { kind: 'unsent', why: 'the agent has neither a user id nor a contact URI', fenced: false };
  const result = await transport.send({
    method: 'POST',
    path: `/v2/accounts/${encodeURIComponent(request.accountSid)}/calls`,
    body: { contentType: 'application/json', text: JSON.stringify(bodyOf(request, from)) },
  });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return { ...result, httpStatus: null };
  return readPlaceAnswer(result, { decide, callIn: (_body, envelope) => callIn(envelope) });
}

function agentOf({ from }: PlaceCallRequest): object | null {
  if (from.userId !== null) return { user_id: from.userId };
  return from.contactUri === null ? null : { user_contact_uri: from.contactUri };
}

function bodyOf(request: PlaceCallRequest, from: object): object {
  return {
    from,
    // The newest page says `number`; the support page and every known client send this.
    to: { customer_contact_uri: request.to },
    virtual_number: request.callerId,
    // Always sent: the pages disagree about the default.
    recording: request.recording,
    ...(request.recording ? { recording_channels: request.recordingChannels } : {}),
    attempt_time_out: request.ringSeconds,
    max_time_limit: request.maxSeconds,
    custom_field: request.customField,
    ...(request.callbackUrl === null ? {} : { status_callback: callbacksTo(request.callbackUrl) }),
  };
}

function callbacksTo(url: string): object[] {
  return [
    { event: 'answered', url },
    { event: 'terminal', url },
  ];
}

function callIn(envelope: Envelope): CallDetails | null {
  if (envelope.kind === 'unreadable') return null;
  const items = envelope.kind === 'success' ? envelope.items : [...envelope.items, ...envelope.failedItems];
  return items.map(parseCallDetails).find((call) => call !== null) ?? null;
}
