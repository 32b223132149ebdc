import { randomBytes } from 'node:crypto';
import { legsV1, numberV1, statusV1, timeV1, toV1 } from './call-v1.ts';
import { talkSeconds, type Call } from './calls.ts';
import type { CallbackMessage } from './callbacks.ts';
import type { StatusCallback } from './place-request-v1.ts';
import type { Scenario } from './scenario.ts';

type Value = string | number | null;
type Fields = Record<string, Value | Record<string, Value>[]>;

/**
 * What v1 reports at an event. Without subscribed events it reports once, at the end, and in four fields;
 * so it does for a flow, whatever was subscribed to, unless the scenario says otherwise.
 */
export function callbackMessagesV1(
  call: Call,
  event: 'answered' | 'terminal',
  { to, scenario }: { to: StatusCallback | null; scenario: Scenario },
): CallbackMessage[] {
  if (to === null) return [];
  const full = to.events.length > 0 && (call.mode === 'connect' || scenario.v1.flowCallbacks === 'full');
  if (full ? !to.events.includes(event) : event === 'answered') return [];
  const fields = full ? allFields(call, event, scenario) : fourFields(call, scenario);
  return [{ event, method: 'POST', url: to.url, ...bodyOf(withNulls(fields, scenario), to, scenario) }];
}

function fourFields(call: Call, scenario: Scenario): Fields {
  return {
    CallSid: call.sid,
    Status: statusV1(call, scenario),
    RecordingUrl: call.recordingUrl,
    DateUpdated: timeV1(call.updatedAt),
  };
}

function allFields(call: Call, event: 'answered' | 'terminal', scenario: Scenario): Fields {
  const from = call.agentLeg?.contactUri ?? call.customer;
  return {
    CallSid: call.sid,
    EventType: event,
    DateCreated: timeV1(call.placedAt),
    DateUpdated: timeV1(call.updatedAt),
    Status: statusV1(call, scenario),
    To: toV1(call, scenario),
    From: numberV1(from, scenario),
    PhoneNumberSid: numberV1(call.virtualNumber, scenario),
    StartTime: timeV1(call.placedAt),
    EndTime: call.endedAt === null ? null : timeV1(call.endedAt),
    Direction: 'outbound-api',
    ...(event === 'terminal' && {
      RecordingUrl: call.recordingUrl,
      ConversationDuration: talkSeconds(call),
    }),
    CustomField: call.customField,
    Legs: legsV1(call).map(({ status, seconds }) => ({ OnCallDuration: seconds, Status: status })),
  };
}

/** What is not there is empty, is the text `null` or is left out. */
function withNulls(fields: Fields, { v1 }: Scenario): Fields {
  const mended = (value: Value): Value => (value === null && v1.callbackNulls === 'text' ? 'null' : value);
  const kept = <Content>(entries: [string, Content][]): [string, Content][] =>
    v1.callbackNulls === 'omitted' ? entries.filter(([, value]) => value !== null) : entries;
  const flat = (record: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(kept(Object.entries(record)).map(([name, value]) => [name, mended(value)]));
  return Object.fromEntries(
    kept(Object.entries(fields)).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(flat) : mended(value),
    ]),
  );
}

function bodyOf(
  fields: Fields,
  { json }: StatusCallback,
  { v1 }: Scenario,
): { contentType: string; body: string } {
  if (json) return { contentType: 'application/json', body: JSON.stringify(fields) };
  const pairs = flattened(fields);
  if (v1.callbackForm === 'urlencoded') {
    const body = new URLSearchParams(pairs).toString();
    return { contentType: 'application/x-www-form-urlencoded', body };
  }
  return multipart(pairs);
}

/** A form has no lists: the second leg's status is `Legs[1][Status]`. */
function flattened(fields: Fields): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (!Array.isArray(value)) return [[name, String(value ?? '')]];
    return value.flatMap((part, index) =>
      Object.entries(part).map(([key, inner]): [string, string] => [
        `${name}[${index}][${key}]`,
        String(inner ?? ''),
      ]),
    );
  });
}

function multipart(pairs: readonly [string, string][]): { contentType: string; body: string } {
  const boundary = `------------------------${randomBytes(8).toString('hex')}`;
  const parts = pairs.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: `${parts.join('')}--${boundary}--\r\n`,
  };
}
