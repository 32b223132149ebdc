import { expect, test } from 'vitest';
import { startAnsweringServer } from './testing/answering-server.ts';
import type { Answer } from './testing/answering-server.ts';
import { clientOf, someCall } from './testing/client.ts';
import { notDisturbXml, refusal, restException } from './testing/payloads.ts';
import { internalCodes, noSuchCallCodes, refusalCodes } from './testing/provider-codes.ts';

const forms: [name: string, (status: number, code: number) => Exclude<Answer, Function>][] = [
  ['the v2 envelope', (status, code) => ({ status, body: refusal(status, code) })],
  [
    'HTTP 200 around the v2 envelope',
    (status, code) => ({ body: { ...refusal(status, code), http_code: 200 } }),
  ],
  ['a list of one', (status, code) => ({ status, body: { response: [refusal(status, code).response] } })],
  [
    'error_data without a response',
    (status, code) => ({ status, body: { error_data: { code, message: 'Refused' } } }),
  ],
  [
    'an envelope of text where numbers belong',
    (status, code) => ({
      status,
      body: { http_code: `${status}`, response: { code: `${status}`, error_data: { code: `${code}` } } },
    }),
  ],
  ['a RestException', (status, code) => ({ status, body: restException(status, 'Refused', code) })],
  [
    'a RestException in XML',
    (status, code) => ({
      status,
      headers: { 'content-type': 'application/xml' },
      body: `<TwilioResponse><RestException><Status>${status}</Status><Message>Refused</Message><Code>${code}</Code></RestException></TwilioResponse>`,
    }),
  ],
];

async function placeAgainst(answer: Answer) {
  const server = await startAnsweringServer(answer);
  const result = await clientOf(server.url).placeCall(someCall);
  expect(server.received).toHaveLength(1);
  return result;
}

for (const [form, answerOf] of forms) {
  test.each(refusalCodes)(`reads code %i under %i as %s in ${form}`, async (code, status, decision) => {
    const answer = await placeAgainst(answerOf(status, code));
    expect(answer).toMatchObject({ kind: 'refused', decision, code, listed: true });
  });

  test.each(internalCodes)(`calls code %i unknown in ${form}, under any status`, async (code) => {
    expect(await placeAgainst(answerOf(500, code))).toMatchObject({ kind: 'unknown' });
    expect(await placeAgainst(answerOf(409, code))).toMatchObject({ kind: 'unknown' });
  });

  test(`takes code 10724 for throttling in ${form}`, async () => {
    expect(await placeAgainst(answerOf(429, 10724))).toMatchObject({ kind: 'throttled' });
  });

  test.each([...noSuchCallCodes, 34001])(
    `pauses the account for code %i in ${form}: it is no answer to a placing request`,
    async (code) => {
      const answer = await placeAgainst(answerOf(404, code));
      expect(answer).toMatchObject({ kind: 'refused', decision: 'pause_account', code, listed: false });
    },
  );
}

test("gives Exotel's own words with code and status", async () => {
  const body = refusal(404, 10716, 'Not found', 'virtual_number not found');
  expect(await placeAgainst({ status: 404, body })).toMatchObject({
    text: 'Not found: virtual_number not found (HTTP 404, code 10716)',
    httpStatus: 404,
  });
});

test.each([
  [401, 'EXOTEL_API_KEY'],
  [402, 'Recharge'],
  [403, 'settle it with Exotel'],
])('pauses the account for a bare %i and says what to do', async (status, advice) => {
  for (const body of ['', '<html>No</html>', restException(status, 'KYC is not complete')]) {
    // oxlint-disable-next-line no-await-in-loop -- one server at a time
    const answer = await placeAgainst({ status, body });
    expect(answer).toMatchObject({ kind: 'refused', decision: 'pause_account', code: null, listed: true });
    expect(answer).toHaveProperty('advice', expect.stringContaining(advice));
  }
});

test.each([400, 404, 405, 409, 410, 418, 422, 451])(
  "pauses the account for an unlisted %i with Exotel's own text",
  async (status) => {
    const answer = await placeAgainst({ status, body: 'plain words' });
    expect(answer).toEqual({
      kind: 'refused',
      decision: 'pause_account',
      code: null,
      httpStatus: status,
      text: `plain words (HTTP ${status})`,
      meaning: 'an answer that this dialer does not know',
      advice: "Read Exotel's text and mend what it names, then resume the campaign.",
      listed: false,
    });
  },
);

test('tells a number on the register from a forbidden account by the text of a 403', async () => {
  for (const answer of [
    { status: 403, body: notDisturbXml },
    { status: 403, body: restException('403', 'Call cannot be made because of TRAI NDNC regulations') },
    { status: 200, body: restException(403, 'Call cannot be made because of TRAI NDNC regulations') },
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one server at a time
    expect(await placeAgainst(answer)).toMatchObject({ kind: 'refused', decision: 'do_not_disturb' });
  }
  expect(await placeAgainst({ status: 403, body: restException(403, 'KYC pending') })).toMatchObject({
    decision: 'pause_account',
  });
});

test('believes the code of a refusal even where a SID comes with it', async () => {
  const body = { response: { code: 409, error_data: { code: 10706 }, data: { call_sid: 'abc' } } };
  expect(await placeAgainst({ status: 409, body })).toMatchObject({
    kind: 'refused',
    decision: 'agent_busy',
  });
});
