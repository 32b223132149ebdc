import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Agent, DevicePresence } from './agents.ts';
import type { Answer } from './answering.ts';
import { talkSeconds, type Call } from './calls.ts';
import type { Refusal } from './refusals.ts';
import type { Scenario } from './scenario.ts';

type Variants = Scenario['variants'];

/** A success in the envelope of v2 and v3; `response` is what that resource puts into it. */
export function envelope(request: FastifyRequest, response: unknown, metadata: unknown = null): Answer {
  return jsonAnswer(request, { status: 200, code: null }, { metadata, response });
}

/** One item with its own code and status, as v2 wraps whatever it returns. */
export function item(data: unknown): Record<string, unknown> {
  return { code: 200, error_data: null, status: 'success', data };
}

/** A refusal in the envelope of v2 and v3. */
export function refusedEnvelope(request: FastifyRequest, variants: Variants, refusal: Refusal): Answer {
  const { status, code, message, description } = refusal;
  const httpStatus = variants.conflictsAsOk && status === 409 ? 200 : status;
  const error = { code, message, description };
  const response = { code: status, error_data: error, status: 'failure', data: null };
  return jsonAnswer(request, { status: httpStatus, code }, { response });
}

function jsonAnswer(
  request: FastifyRequest,
  { status, code }: Pick<Answer, 'status' | 'code'>,
  content: Record<string, unknown>,
): Answer {
  const body = {
    request_id: randomBytes(16).toString('hex'),
    method: request.method,
    http_code: status,
    ...content,
  };
  return { status, code, contentType: 'application/json', body: JSON.stringify(body) };
}

/** A call inside the v2 envelope, in the nesting that the scenario asks for. */
export function callResponse(call: Call, variants: Variants): unknown {
  const details = callDetails(call, variants);
  if (variants.nesting === 'data') return item(details);
  if (variants.nesting === 'flat') {
    const { contact_uri: number, ...customer } = details.customer_details;
    return { ...details, customer_details: { ...customer, number }, recording: call.record };
  }
  const { call_sid: sid, call_state: state, call_status: status, ...rest } = details;
  return { call_details: { sid, state, status, ...rest } };
}

/** A call in the words of v2, the same in answers and in callbacks. */
export function callDetails(call: Call, variants: Variants) {
  const time = (date: Date | null): string | null => (date === null ? null : v2Time(date, variants.times));
  const agent = call.agentLeg?.agent ?? null;
  const terminal = call.state === 'terminal';
  return {
    call_sid: call.sid,
    direction: 'outbound',
    virtual_number: call.virtualNumber,
    call_state: call.state,
    call_status: call.status,
    assigned_agent_details: {
      user_id: agent?.id ?? null,
      // In Exotel's examples names appear in the terminal event only.
      user_name: terminal && agent !== null ? `${agent.firstName} ${agent.lastName}`.trim() : null,
      contact_uri: call.agentLeg?.contactUri ?? null,
      group_id: null,
      group_name: null,
      status: call.agentStatus,
    },
    customer_details: { contact_name: null, contact_uri: call.customer, status: call.customerStatus },
    created_time: time(call.placedAt),
    updated_time: time(call.updatedAt),
    start_time: time(call.placedAt),
    end_time: terminal ? time(call.endedAt) : null,
    total_duration: null,
    total_talk_time: terminal ? talkSeconds(call) : null,
    custom_field: call.customField,
    app_id: null,
    app_name: null,
    digits: null,
    recordings: terminal && call.recordingUrl !== null ? [{ url: call.recordingUrl }] : null,
  };
}

/** A dashboard user; `fields` are the extra ones that the request asked for. */
export function userDetails(
  agent: Agent,
  presence: DevicePresence | null,
  { fields, now }: { fields: ReadonlySet<string>; now: Date },
): Record<string, unknown> {
  return {
    id: agent.id,
    first_name: agent.firstName,
    last_name: agent.lastName,
    email: agent.email,
    email_verified: true,
    role: 'user',
    ...(fields.has('active_call') && { active_call: agent.onCall }),
    ...(fields.has('last_login') && { last_login: v2Time(now, 'ist') }),
    date_created: '2021-01-01T09:00:00+05:30',
    date_updated: '2021-01-01T09:00:00+05:30',
    ...(fields.has('devices') && { devices: presence === null ? [] : [deviceDetails(agent, presence)] }),
  };
}

/** A user's device. */
export function deviceDetails({ device }: Agent, presence: DevicePresence): Record<string, unknown> {
  return {
    id: device.id,
    name: device.type === 'sip' ? 'Softphone' : 'Mobile',
    contact_uri: device.contactUri,
    type: device.type,
    available: presence.available,
    verified: presence.verified,
    status: presence.verified ? presence.status : null,
  };
}

const indiaOffsetMs = 5.5 * 60 * 60 * 1000;

/** `2021-07-13T17:56:47+05:30`, or the same moment with a Z. */
function v2Time(date: Date, form: Variants['times']): string {
  if (form === 'utc') return `${date.toISOString().slice(0, 19)}Z`;
  return `${new Date(date.getTime() + indiaOffsetMs).toISOString().slice(0, 19)}+05:30`;
}
