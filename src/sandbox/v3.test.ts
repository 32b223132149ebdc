import { expect, test } from 'vitest';
import { eventually, sandboxForTest } from './fixture.ts';
import type { CallOutcome } from './scenario.ts';

const v3 = '/v3/accounts/sandbox/calls';
const spacedTime = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+05:30$/);

test('shows an active call with the end at Unix zero in Indian time', async () => {
  const sandbox = await sandboxForTest({ speed: 1 });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  const { body } = await sandbox.get(`${v3}/${sid}`);
  expect(body.response).toEqual({
    call_details: {
      sid,
      direction: 'outbound',
      virtual_number: '+918045680000',
      state: 'active',
      status: null,
      legs: `${v3}/${sid}/legs`,
      created_time: spacedTime,
      updated_time: spacedTime,
      start_time: spacedTime,
      end_time: '1970-01-01 05:30:00+05:30',
      total_duration: null,
      total_talk_time: null,
      custom_field: 'attempt-1',
      app_id: null,
      app_name: null,
      digits: null,
      recordings: null,
    },
  });
});

test.each<[CallOutcome, string]>([
  ['connected', 'completed'],
  ['no_answer', 'to_leg_unanswered'],
  ['unreachable', 'to_leg_no_dial'],
  ['agent_no_answer', 'from_leg_unanswered'],
  ['agent_canceled', 'from_leg_cancelled'],
  ['agent_unreachable', 'from_leg_no_dial'],
])('calls %s %s', async (outcome, status) => {
  const sandbox = await sandboxForTest({ numbers: { '+919800000001': { outcome } } });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  await eventually(async () => {
    const { body } = await sandbox.get(`${v3}/${sid}`);
    expect(body.response).toMatchObject({
      call_details: { state: 'terminal', status, end_time: spacedTime },
    });
  });
});

test('lists the calls that are under way', async () => {
  const sandbox = await sandboxForTest({ speed: 1 });
  const sid = (await sandbox.place()).body.response.data.call_sid;
  const { body } = await sandbox.get(`${v3}/active`);
  expect(body.response).toEqual({
    active_calls: [
      {
        call_sid: sid,
        status: 'ringing',
        from: '+919000000001',
        to: '+919800000001',
        start_time: spacedTime,
        duration: 0,
        recording_enabled: true,
      },
    ],
    total_active: 1,
  });
});

test('places no calls', async () => {
  const sandbox = await sandboxForTest();
  const { status, body } = await sandbox.send('POST', v3, {});
  expect([status, body.response.error_data?.code]).toEqual([404, 1022]);
  expect(sandbox.truth().placings).toEqual([]);
});
