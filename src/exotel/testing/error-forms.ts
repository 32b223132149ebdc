import type { Answer } from './answering-server.ts';
import { agents, flow, look, numbers, read, toCustomerOnRegister } from './forms.ts';
import type { Ask, Form } from './forms.ts';
import { notDisturbXml, refusal, restException } from './payloads.ts';
import { internalCodes, noSuchCallCodes, refusalCodes } from './provider-codes.ts';

const xml = (status: number, message: string) =>
  `<TwilioResponse><RestException><Status>${status}</Status><Message>${message}</Message></RestException></TwilioResponse>`;

/** v1's table of statuses: what each means to a placing request, in JSON, in XML, as text and under HTTP 200. */
const statuses: [status: number, message: string, expected: object][] = [
  [400, "The 'From' parameter is required.", { kind: 'refused', listed: true }],
  [400, 'Bad request', { kind: 'refused', decision: 'pause_account', listed: false }],
  [
    401,
    'Authentication failed. Verify your API key and token.',
    { kind: 'refused', decision: 'pause_account' },
  ],
  [402, 'Insufficient balance', { kind: 'refused', decision: 'pause_account' }],
  [
    403,
    'Call to [09900000001] cannot be made because of TRAI NDNC regulations',
    { decision: 'do_not_disturb' },
  ],
  [403, 'KYC is not complete', { kind: 'refused', decision: 'pause_account' }],
  [403, 'IP not whitelisted', { kind: 'refused', decision: 'pause_account' }],
  [403, 'Your account is suspended', { kind: 'refused', decision: 'pause_account' }],
  [403, 'This feature is not enabled for your account', { kind: 'refused', decision: 'pause_account' }],
  [404, 'Not found', { kind: 'refused', decision: 'pause_account' }],
  [409, 'Conflict', { kind: 'refused', decision: 'pause_account', listed: false }],
  [429, 'Rate limit exceeded. Try again in 30 seconds.', { kind: 'throttled' }],
  [500, 'Internal error', { kind: 'unknown' }],
  [503, 'Unavailable', { kind: 'unknown' }],
];

const v1Rows = statuses.flatMap(([status, message, expected]) =>
  Object.entries({ 'two numbers': numbers, 'a flow': flow }).flatMap(([name, ask]): Form[] => {
    const row = `v1 ${status} ${message}`;
    return [
      [row, `JSON, ${name}`, read(ask, { status, body: restException(status, message) }, expected)],
      [row, `XML, ${name}`, read(ask, { status, body: xml(status, message) }, expected)],
      [row, `text, ${name}`, read(ask, { status, body: message }, expected)],
      [row, `JSON under HTTP 200, ${name}`, read(ask, { body: restException(status, message) }, expected)],
      [row, `XML under HTTP 200, ${name}`, read(ask, { body: xml(status, message) }, expected)],
    ];
  }),
);

/** One client's test has a numeric code; nobody documents any, so the status and the message decide all the same. */
const coded: [status: number, message: string, expected: object][] = [
  [401, 'Authentication failed', { kind: 'refused', decision: 'pause_account', code: 34_001 }],
  [403, 'KYC is not complete', { kind: 'refused', decision: 'pause_account', code: 34_001 }],
  [
    403,
    'Call to [09900000001] cannot be made because of TRAI NDNC regulations',
    { kind: 'refused', decision: 'do_not_disturb', code: 34_001 },
  ],
  [429, 'Rate limit exceeded.', { kind: 'throttled' }],
  [500, 'Internal error', { kind: 'unknown' }],
];

const codedRows = coded.flatMap(([status, message, expected]): Form[] =>
  [34_001, '34001'].map((code): Form => {
    const body = restException(status, message, code);
    return [`v1 ${status} with a Code`, message, read(numbers, { status, body }, expected)];
  }),
);

const cut: Answer = ({ socket }) => socket.destroy();
const cutInside: Answer = ({ socket }, response) => {
  response.writeHead(200, { 'content-length': '500' });
  response.write('{"Call":{"Sid":', () => socket.destroy());
};
const silent: Answer = () => undefined;
const isUnknown = { kind: 'unknown', httpStatus: null };

/** Once a byte is written, nobody knows what became of a placing request that is not answered. */
const withoutAnswer = Object.entries({ 'two numbers': numbers, 'a flow': flow, agents }).flatMap(
  ([name, ask]): Form[] => [
    ['no answer', `cut before it, ${name}`, read(ask, cut, isUnknown)],
    ['no answer', `cut in the middle, ${name}`, read(ask, cutInside, isUnknown)],
    ['no answer', `none in time, ${name}`, read(ask, silent, isUnknown, { timeouts: { placing: 200 } })],
  ],
);

const published = { status: 403, body: notDisturbXml };
const isThrottled = { kind: 'throttled' };

function v2Row(code: number, status: number, ask: Ask, expected: object): Form[] {
  const body = refusal(status, code);
  return [
    [`v2 ${code}`, `envelope under ${status}`, read(ask, { status, body }, expected)],
    [`v2 ${code}`, `envelope of ${status} under HTTP 200`, read(ask, { body }, expected)],
  ];
}

/** Every status of v1's table and every code of v2's, in each form that an answer may have. */
export const errorRows: Form[] = [
  ...v1Rows,
  ...codedRows,
  ...withoutAnswer,
  ['v1 403', 'XML as published', read(toCustomerOnRegister, published, { decision: 'do_not_disturb' })],
  ...refusalCodes.flatMap(([code, status, decision]) =>
    v2Row(code, status, agents, { kind: 'refused', decision, code }),
  ),
  ...internalCodes.flatMap((code) => v2Row(code, 500, agents, { kind: 'unknown' })),
  ...noSuchCallCodes.flatMap((code) => v2Row(code, 404, look, { kind: 'not_found' })),
  ...v2Row(10724, 429, agents, isThrottled),
  [
    'v2 10724',
    'RestException',
    read(agents, { status: 429, body: restException(429, 'Slow', 10724) }, isThrottled),
  ],
];
