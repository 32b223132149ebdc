import numberMetadata from './fixtures/v1-number.json' with { type: 'json' };
import voiceLog from './fixtures/v3-voice-log.json' with { type: 'json' };
import { agents, everyAsk, flow, look, neverSends, numbers, read, sameOf, sends, v1Look } from './forms.ts';
import type { Form } from './forms.ts';
import { restException, sid, v1CallWith, v1Sid, v2Call, v3Details } from './payloads.ts';

const v3 = { callDetails: 'v3' } as const;
const directions = ['outbound', 'outbound-api'];
const v3With = (changes: object) => {
  const { response, ...rest } = v3Details('completed');
  return { ...rest, response: { ...response, call_details: { ...response.call_details, ...changes } } };
};
const withTries = (...statuses: string[]) =>
  v1CallWith({ Details: { Legs: statuses.map((Status) => ({ Leg: { Id: 1, Status } })) } });
const { getNumber: number, getVoiceLog: voiceLogOf } = everyAsk;
const numberOf = (changes: object) => ({ Numbers: { ...numberMetadata.Numbers, ...changes } });
const { expires_at: _expires, ...lasting } = voiceLog.response.voice_log;
const isRecorded = { kind: 'voice_log', recordingUrl: lasting.recording_url };

/** Rows 19 to 25 of the table of contradictions. */
export const laterRows: Form[] = [
  [
    19,
    'v3 writes cancelled',
    read(
      look,
      { body: v3Details('from_leg_cancelled') },
      { details: { status: 'agent_canceled' } },
      { callDetails: 'v3' },
    ),
  ],
  [
    19,
    'v3 writes canceled',
    read(
      look,
      { body: v3Details('from_leg_canceled') },
      { details: { status: 'agent_canceled' } },
      { callDetails: 'v3' },
    ),
  ],
  [
    19,
    'v1 writes cancelled',
    read(
      v1Look,
      { body: v1CallWith({ Status: 'cancelled' }) },
      { details: { state: 'terminal', status: 'canceled' } },
    ),
  ],
  [
    19,
    'v3 writes to_leg_cancelled or to_leg_canceled',
    sameOf(
      look,
      [v3Details('to_leg_cancelled'), v3Details('to_leg_canceled')],
      { status: 'customer_canceled' },
      v3,
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v2',
    sameOf(
      look,
      directions.map((direction) => v2Call({ direction })),
      { callSid: sid },
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v3',
    sameOf(
      look,
      directions.map((direction) => v3With({ direction })),
      { status: 'completed' },
      v3,
    ),
  ],
  [
    19,
    'a direction of outbound or outbound-api in v1',
    sameOf(
      v1Look,
      directions.map((Direction) => v1CallWith({ Direction })),
      { callSid: v1Sid },
    ),
  ],
  // Campaigns of Exotel are not used. That no request asks for one is what keeps both forms of these rows away.
  [20, 'no campaign is made in a wrapper, with a list of numbers', neverSends(/campaigns|"from":\s*\[/i)],
  [
    20,
    'no campaign is made flat, with numbers between commas',
    neverSends(/campaign|\d{10}\s*,\s*\+?\d{10}/i),
  ],
  [21, 'no throttle is set in calls a minute', neverSends(/throttle|cpm|per.?minute/i)],
  [21, 'no throttle is set in calls a second', neverSends(/throttle|cps|per.?second/i)],
  [22, 'no end is set at which Exotel would complete or cancel', neverSends(/end_at|send_at|schedule/i)],
  [22, 'nothing is there that Exotel could pause', neverSends(/campaign|"action"|pause/i)],
  [23, 'no statistics and callbacks of campaigns are asked for', neverSends(/campaign|schedule_callback/i)],
  [23, 'no lists, contacts or uploads are sent or asked for', neverSends(/\/(contacts|lists)|csv/i)],
  [24, 'two numbers: the time to ring is said', sends(numbers, { fields: { TimeOut: '30' } })],
  [24, 'a flow: the time to ring is said', sends(flow, { fields: { TimeOut: '30' } })],
  [24, 'an agent of v2: the time to ring is said', sends(agents, { fields: { attempt_time_out: 30 } })],
  [24, 'retries are asked for in no mode', neverSends(/retries|retry/i)],
  [
    24,
    'a first leg of v1 that was tried twice',
    read(
      v1Look,
      { body: withTries('no-answer', 'completed') },
      { details: { firstLegTries: 2, agentLeg: { status: 'completed' } } },
    ),
  ],
  [
    24,
    'a first leg of v1 that was tried once',
    read(v1Look, { body: withTries('completed') }, { details: { firstLegTries: 1 } }),
  ],
  [
    24,
    'a first leg of v3 that was tried twice',
    read(
      look,
      { body: v3With({ legs: { from: [{ status: 'no-answer' }, { status: 'completed' }], to: [] } }) },
      { details: { firstLegTries: 2, agentLeg: { status: 'completed' } } },
      v3,
    ),
  ],
  [
    24,
    'a first leg of v3 that was tried once',
    read(
      look,
      { body: v3With({ legs: { from: [{ status: 'completed' }], to: [] } }) },
      { details: { firstLegTries: 1 } },
      v3,
    ),
  ],
  [
    25,
    'a RestException with a number for a status',
    read(numbers, { body: restException(402, 'No balance') }, { decision: 'pause_account' }),
  ],
  [
    25,
    'a RestException with text for a status',
    read(numbers, { body: restException('402', 'No balance') }, { decision: 'pause_account' }),
  ],
  ...(
    [
      ['AL', 'Allianz'],
      ['AL', 'Aircel'],
      ['VI', 'Videocon'],
      ['VI', 'Vodafone-Idea'],
    ] as const
  ).map(([Operator, OperatorName]): Form => [
    25,
    `the operator ${Operator} is ${OperatorName}`,
    read(number, { body: numberOf({ Operator, OperatorName }) }, { metadata: { operator: OperatorName } }),
  ]),
  ...['AL', 'VI'].map((Operator): Form => [
    25,
    `the operator ${Operator} without a name`,
    read(number, { body: numberOf({ Operator, OperatorName: null }) }, { metadata: { operator: Operator } }),
  ]),
  [
    25,
    'a recording of which Exotel says how long it is kept',
    read(voiceLogOf, { body: voiceLog }, { ...isRecorded, expiresAt: new Date('2022-12-03T17:27:00Z') }),
  ],
  [
    25,
    'a recording of which it does not is not taken to last',
    read(voiceLogOf, { body: { response: { voice_log: lasting } } }, { ...isRecorded, expiresAt: null }),
  ],
];
