// Answers as Exotel's pages show them. What they print in full lies in the files beside this one, with test numbers
// where the pages mask theirs; what is built from parts is here.

import { readFileSync } from 'node:fs';
import v1Call from './fixtures/v1-call.json' with { type: 'json' };
import refused from './fixtures/v2-error.json' with { type: 'json' };
import placed from './fixtures/v2-placed.json' with { type: 'json' };
import placedInPlace from './fixtures/v2-placed-in-place.json' with { type: 'json' };
import ended from './fixtures/v2-terminal.json' with { type: 'json' };
import endedUnderCallDetails from './fixtures/v2-terminal-nested.json' with { type: 'json' };
import users from './fixtures/v2-users.json' with { type: 'json' };
import v3Call from './fixtures/v3-call.json' with { type: 'json' };

/** Voice v2 support page: the answer to a placing request. */
export { placed };

const callData = placed.response.data;

/** The SID of v1's calls. */
export const v1Sid = v1Call.Call.Sid;

/** The call of a v1 answer, with other fields. */
export const v1CallWith = (changes: object) => ({ Call: { ...v1Call.Call, ...changes } });

/** The call of a v2 answer, with other fields. */
export const v2Call = (changes: object) => ({
  response: { ...placed.response, data: { ...callData, ...changes } },
});

/** The call's SID in every payload of this file. */
export const sid = callData.call_sid;

/** A file of published payloads as it stands. */
export function fixtureText(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

/** Voice v2 support page: details of a call that is over. */
export { ended };

/** The newest "make a call" page: everything directly under `response`, times in UTC. */
export { placedInPlace };

/** The newest v2 "call details" page: under `call_details`, in v3's names. */
export { endedUnderCallDetails };

/** The v3 beta page: times with a space, epoch zero for "not yet". */
export const v3Details = (status: string | null) => ({
  ...v3Call,
  response: {
    ...v3Call.response,
    call_details: {
      ...v3Call.response.call_details,
      recordings: [],
      ...(status === null ? stillRunning : { status }),
    },
  },
});

const stillRunning = {
  state: 'active',
  status: null,
  end_time: '1970-01-01 05:30:00+05:30',
  total_duration: null,
  total_talk_time: null,
};

/** An error in the v2 envelope (trunk API reference of the same platform). */
export function refusal(status: number, code: number | null, message = 'Refused', description = 'in detail') {
  const errorData = code === null ? null : { code, message, description };
  return {
    ...refused,
    http_code: status,
    response: { ...refused.response, code: status, error_data: errorData },
  };
}

export const restException = (status: number | string, message: string, code?: number | string) => ({
  RestException: { Status: status, Message: message, ...(code === undefined ? {} : { Code: code }) },
});

/** A v1 error for a number on the register, in XML, as a client recorded it. */
export const notDisturbXml = fixtureText('v1-do-not-disturb.xml');

/** A status callback of Voice v2. */
export const callback = (eventType: string, changes: object) => ({
  event_details: { event_type: eventType },
  call_details: { ...callData, ...changes },
});

export const withLegs = (agentStatus: string | null, customerStatus: string | null) => ({
  assigned_agent_details: { ...callData.assigned_agent_details, status: agentStatus },
  customer_details: { ...callData.customer_details, status: customerStatus },
});

const someDevice = users.response.flatMap(({ data }) => data.devices).at(0);
if (someDevice === undefined) throw new Error('v2-users.json has no device');

export const device = (changes: object = {}) => ({ ...someDevice, ...changes });

/** The list-users page. */
export const userPage = (entries: object[], total = entries.length) => ({
  ...users,
  metadata: { total, count: entries.length, offset: 0, limit: 50 },
  response: entries.map((data) => ({ code: 200, error_data: null, status: 'success', data })),
});
