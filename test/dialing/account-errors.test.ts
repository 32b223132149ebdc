import { describe, expect, test } from 'vitest';
import { resumeCampaign } from '../../src/campaigns/lifecycle.ts';
import type { AccountFault } from '../../src/sandbox/scenario.ts';
import { createRig, someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

describe('an error that is the account’s or the campaign’s', () => {
  const faults: [fault: AccountFault, says: RegExp][] = [
    ['unauthorized', /EXOTEL_API_KEY/],
    ['unknown_account', /EXOTEL_ACCOUNT_SID/],
    ['payment_required', /Recharge/],
    ['unknown_caller_id', /callerIds/],
    ['kyc_missing', /KYC.*Exotel's text: .*KYC/s],
  ];
  test.each(faults)(
    '%s stops dialling with a sentence that says what to do, burns no contact, and resume goes on',
    async (fault, says) => {
      const rig = await createRig({
        scenario: { speed: 100, agents: { count: 4 }, outcomes: { connected: 1 }, account: { fault } },
        requestsPerMinute: 1000,
      });
      await rig.start();
      const name = await rig.create({ numbers: someNumbers(6) });
      await waitFor(async () => says.test((await rig.summary(name)).reason ?? ''), { timeout: 20_000 });
      // a request that was on its way meanwhile is answered as well
      await waitFor(async () => (await rig.summary(name)).contacts.pending === 6);
      expect((await rig.summary(name)).attempts.total).toBe(0);
      rig.sandbox.control({ account: { fault: 'none' } });
      await resumeCampaign(rig.database, name, 'test');
      const summary = await rig.completed(name);
      expect(summary.contacts.finished).toBe(6);
    },
    60_000,
  );
});

test('an Exotel that cannot be reached burns no contact, is tried ever more slowly, and dialling goes on by itself', async () => {
  const rig = await createRig({
    scenario: { speed: 100, agents: { count: 4 }, outcomes: { connected: 1 } },
    requestsPerMinute: 1000,
  });
  const account = rig.config.accounts[0];
  if (account === undefined) throw new Error('the rig has an account');
  account.ccmUrl = 'http://127.0.0.1:9';
  const unreachable = await rig.start(['worker']);
  const name = await rig.create({ numbers: someNumbers(6) });
  await waitFor(async () => /cannot be reached/.test((await rig.summary(name)).reason ?? ''), {
    timeout: 20_000,
  });
  // the attempt that told so is settled right after
  await waitFor(async () => (await rig.summary(name)).attempts.total === 0);
  const stopped = await rig.summary(name);
  expect(stopped.attempts.refused).toBeLessThan(8);
  await unreachable.stop();
  account.ccmUrl = rig.sandbox.url;
  await rig.start();
  const summary = await rig.completed(name);
  expect(summary.contacts.finished).toBe(6);
}, 60_000);
