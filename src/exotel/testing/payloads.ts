// Answers as Exotel's pages show them, numbers masked as there.

const callData = {
  call_sid: '9133c5d2ad930f4c7ca43645e535157d',
  direction: 'outbound',
  virtual_number: '+91804568XXXX',
  call_state: 'active',
  call_status: null,
  assigned_agent_details: {
    user_id: '12898c52573645739e64864ad308f0a9',
    user_name: null,
    contact_uri: '+91995312XXXX',
    group_id: null,
    group_name: null,
    status: null,
  },
  customer_details: { contact_name: null, contact_uri: '+9199531XXXX', status: null },
  created_time: '2021-07-13T17:56:47+05:30',
  updated_time: '2021-07-13T17:56:48+05:30',
  start_time: '2021-07-13T17:56:48+05:30',
  end_time: null,
  total_duration: null,
  total_talk_time: null,
  custom_field: '12130y124b2f142',
  app_id: null,
  app_name: null,
  digits: null,
  recordings: null,
};

/** The call's SID in every payload of this file. */
export const sid = callData.call_sid;

/** Voice v2 support page: the answer to a placing request. */
export const placed = {
  request_id: '9e5761038e104704b684d6791178481c',
  method: 'POST',
  http_code: 200,
  metadata: null,
  response: { code: 200, error_data: null, status: 'success', data: callData },
};

/** Voice v2 support page: details of a call that is over. */
export const ended = {
  ...placed,
  method: 'GET',
  response: {
    ...placed.response,
    data: {
      ...callData,
      call_state: 'terminal',
      call_status: 'completed',
      assigned_agent_details: { ...callData.assigned_agent_details, status: 'completed' },
      customer_details: { ...callData.customer_details, status: 'completed' },
      end_time: '2021-07-13T17:57:20+05:30',
      total_talk_time: 7,
      recordings: [{ url: 'https://recordings.example/9133.mp3' }],
    },
  },
};

/** The newest "make a call" page: everything directly under `response`, times in UTC. */
export const placedInPlace = {
  request_id: 'a1',
  method: 'POST',
  http_code: 200,
  response: {
    call_sid: sid,
    call_state: 'active',
    call_status: null,
    customer_details: { number: '+919900000001', status: null },
    recording: true,
    start_time: '2021-07-13T12:26:48Z',
  },
};

/** The newest v2 "call details" page: under `call_details`, in v3's names. */
export const endedUnderCallDetails = {
  request_id: 'a2',
  method: 'GET',
  http_code: 200,
  response: { call_details: { sid, state: 'terminal', status: 'completed', total_talk_time: '59' } },
};

/** The v3 beta page: times with a space, epoch zero for "not yet". */
export const v3Details = (status: string | null) => ({
  request_id: 'a3',
  method: 'GET',
  http_code: 200,
  response: {
    code: 200,
    error_data: null,
    status: 'success',
    call_details: {
      sid,
      direction: 'outbound',
      virtual_number: '+918040000000',
      state: status === null ? 'active' : 'terminal',
      status,
      legs: `/v3/accounts/exotel1/calls/${sid}/legs`,
      created_time: '2022-11-03 22:54:40+05:30',
      updated_time: '2022-11-03 22:56:10+05:30',
      start_time: '2022-11-03 22:54:41+05:30',
      end_time: status === null ? '1970-01-01 05:30:00+05:30' : '2022-11-03 22:56:05+05:30',
      total_duration: status === null ? null : 84,
      total_talk_time: status === null ? null : 59,
      custom_field: '',
      recordings: [],
    },
  },
});

/** An error in the v2 envelope (trunk API reference of the same platform). */
export function refusal(status: number, code: number | null, message = 'Refused', description = 'in detail') {
  const errorData = code === null ? null : { code, message, description };
  return {
    request_id: 'b2c3d4e5f6a7',
    method: 'POST',
    http_code: status,
    response: { code: status, error_data: errorData, status: 'failure', data: null },
  };
}

export const restException = (status: number | string, message: string, code?: number | string) => ({
  RestException: { Status: status, Message: message, ...(code === undefined ? {} : { Code: code }) },
});

/** A v1 error for a number on the register, in XML, as a client recorded it. */
export const notDisturbXml = `<?xml version="1.0" encoding="UTF-8"?>
<TwilioResponse><RestException><Status>403</Status>
<Message>Call to [01234] cannot be made because of TRAI NDNC regulations</Message></RestException></TwilioResponse>`;

/** A status callback of Voice v2. */
export const callback = (eventType: string, changes: object) => ({
  event_details: { event_type: eventType },
  call_details: { ...callData, ...changes },
});

export const withLegs = (agentStatus: string | null, customerStatus: string | null) => ({
  assigned_agent_details: { ...callData.assigned_agent_details, status: agentStatus },
  customer_details: { ...callData.customer_details, status: customerStatus },
});

export const device = (changes: object = {}) => ({
  id: 11,
  name: 'phone',
  contact_uri: '+919900000002',
  type: 'tel',
  available: true,
  verified: true,
  status: 'free',
  ...changes,
});

/** The list-users page. */
export const userPage = (users: object[], total = users.length) => ({
  request_id: 'c1',
  method: 'GET',
  http_code: 200,
  metadata: { total, count: users.length, offset: 0, limit: 50 },
  response: users.map((data) => ({ code: 200, error_data: null, status: 'success', data })),
});
