import { expect, test } from 'vitest';
import type { Refusal } from './place-answer.ts';
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf, someFlow, someNumbers } from './testing/client.ts';
import { refusal, restException } from './testing/payloads.ts';

const xmlException = (status: number, message: string) =>
  `<?xml version="1.0"?><TwilioResponse><RestException><Status>${status}</Status><Message>${message
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')}</Message></RestException></TwilioResponse>`;

async function bothAgainst(answer: Answer) {
  const server = await startAnsweringServer(answer);
  const client = clientOf(server.url);
  return {
    numbers: await client.connectNumbers(someNumbers),
    flow: await client.connectToFlow(someFlow),
  };
}

/** A 400's message, what it means between two numbers, and in a call to a flow. */
const messages: [message: string, numbers: Refusal, flow: Refusal][] = [
  ["The 'From' parameter is required.", 'agent_disabled', 'rejected'],
  ['Invalid parameter From', 'agent_disabled', 'rejected'],
  ['From number is not valid', 'agent_disabled', 'rejected'],
  ['Number +919900000002 is not valid', 'agent_disabled', 'pause_account'],
  ["Invalid value for parameter 'To'", 'rejected', 'pause_account'],
  ['To: not a phone number', 'rejected', 'pause_account'],
  ['The `to` field is invalid', 'rejected', 'pause_account'],
  ['09900000001 is not a phone number', 'rejected', 'rejected'],
  ['Call to 99000 00001 is not possible', 'rejected', 'rejected'],
  ["The 'CallerId' parameter is not one of your ExoPhones", 'pause_campaign', 'pause_campaign'],
  ['Caller ID is invalid', 'pause_campaign', 'pause_campaign'],
  ['Invalid Url', 'pause_campaign', 'pause_campaign'],
  ['No such flow', 'pause_campaign', 'pause_campaign'],
  // Nothing that the message names for sure stops the account and burns no contact.
  ['Bad request', 'pause_account', 'pause_account'],
  ["Invalid parameter 'TimeLimit'", 'pause_account', 'pause_account'],
  ["The parameters 'From' and 'To' must differ", 'pause_account', 'pause_account'],
  ["Parameter 'CallerId' missing from request to connect", 'pause_campaign', 'pause_campaign'],
  ['A field is missing from the request; write to support', 'pause_account', 'pause_account'],
];

test.each(messages)(
  'reads the 400 "%s" as %s between two numbers and %s in a flow',
  async (message, numbers, flow) => {
    for (const answer of [
      { status: 400, body: restException(400, message) },
      { status: 400, body: restException('400', message) },
      { status: 400, body: xmlException(400, message) },
      { status: 400, body: message },
      { status: 200, body: restException(400, message) },
      { status: 200, body: xmlException(400, message) },
    ]) {
      const answers = await bothAgainst(answer);
      expect(answers.numbers).toMatchObject({ kind: 'refused', decision: numbers });
      expect(answers.flow).toMatchObject({ kind: 'refused', decision: flow });
    }
  },
);

test("says what to mend, with Exotel's own words", async () => {
  const answer = await bothAgainst({ status: 400, body: restException(400, "Invalid 'CallerId'") });
  expect(answer.numbers).toMatchObject({
    listed: true,
    text: "Invalid 'CallerId' (HTTP 400)",
    advice: expect.stringContaining('callerIds'),
  });
  const flow = await bothAgainst({ status: 400, body: restException(400, "Invalid 'Url'") });
  expect(flow.flow).toHaveProperty('advice', expect.stringContaining('app id'));
});

const ofCustomer = 'Call to [09900000001] cannot be made because of TRAI NDNC regulations';

test.each([
  ['a RestException in XML', { status: 403, body: xmlException(403, ofCustomer) }],
  ['a RestException in JSON', { status: 403, body: restException('403', ofCustomer) }],
  ['HTTP 200', { status: 200, body: xmlException(403, ofCustomer) }],
  ['HTTP 200 without a status', { status: 200, body: restException('', ofCustomer) }],
  ['a 400', { status: 400, body: restException(400, ofCustomer) }],
  ['plain words', { status: 403, body: ofCustomer }],
  ['the code of v2', { status: 403, body: refusal(403, 10717, 'Refused', '+919900000001') }],
])('tells a customer on the register by %s', async (_form, answer) => {
  const { numbers, flow } = await bothAgainst(answer);
  expect(numbers).toMatchObject({ kind: 'refused', decision: 'do_not_disturb', listed: true });
  expect(flow).toMatchObject({ kind: 'refused', decision: 'do_not_disturb', listed: true });
});

/** How a message names a number on the register, and what that means where the agent's phone is dialled first. */
const onRegister: [named: string, numbers: Refusal][] = [
  ['09900000001', 'do_not_disturb'],
  ['+919900000001', 'do_not_disturb'],
  ['99000 00001', 'do_not_disturb'],
  ['0XXXXXX0001', 'do_not_disturb'],
  ['*******0001', 'do_not_disturb'],
  ['00001', 'do_not_disturb'],
  ['09900000002', 'agent_disabled'],
  ['+91 99000-00002', 'agent_disabled'],
  ['0XXXXXX0002', 'agent_disabled'],
  // Nobody is suppressed or disabled by a number that may be either's or is neither's.
  ['0990000XXXX', 'agent_unavailable'],
  ['XXXXXXXXXXX', 'agent_unavailable'],
  ['09812345678', 'agent_unavailable'],
  ['01', 'agent_unavailable'],
  ['', 'agent_unavailable'],
];

test.each(onRegister)('reads "Call to [%s] … NDNC" between two numbers as %s', async (named, numbers) => {
  const message = `Call to [${named}] cannot be made because of TRAI NDNC regulations`;
  for (const body of [restException(403, message), xmlException(403, message), message]) {
    const answers = await bothAgainst({ status: 403, body });
    expect(answers.numbers).toMatchObject({ kind: 'refused', decision: numbers, listed: true });
    // there is nobody else whom a call to a flow could be refused for
    expect(answers.flow).toMatchObject({ kind: 'refused', decision: 'do_not_disturb' });
  }
});

test('takes agents of the dashboard for nobody whom a call to a flow is refused for', async () => {
  const { numbers, flow } = await bothAgainst({ status: 409, body: refusal(409, 10706) });
  expect(numbers).toMatchObject({ decision: 'agent_busy' });
  expect(flow).toMatchObject({ decision: 'pause_account', listed: false });
});

test('takes a missing flow or ExoPhone for the campaign’s and any other 404 for the account’s', async () => {
  const flow = await bothAgainst({ status: 404, body: restException(404, 'The flow was not found') });
  expect(flow.flow).toMatchObject({ decision: 'pause_campaign' });
  const other = await bothAgainst({ status: 404, body: restException(404, "'To' was not found") });
  expect(other.numbers).toMatchObject({ decision: 'pause_account', listed: true });
});
