import type { AccountFault } from '../../src/sandbox/scenario.ts';
import { differencesOfAttempts } from './compare-with-truth.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

const contacts = 260;
const name = 'errors';

/** What can be wrong with the account or the campaign, and what the sentence about it must speak of. */
const faults: readonly (readonly [fault: AccountFault, speaksOf: RegExp])[] = [
  ['unauthorized', /EXOTEL_API_KEY|EXOTEL_API_TOKEN/],
  ['unknown_caller_id', /callerIds/],
  ['payment_required', /recharge/i],
  ['kyc_missing', /KYC/],
  ['unknown_account', /EXOTEL_ACCOUNT_SID|EXOTEL_REGION/],
];

/** Breaks the account in the middle of a campaign, one way after the other, and mends it. */
export const errorsRun: LoadRun = {
  proves:
    'what is wrong with the account stops the campaign with a sentence, burns no contact, and resume goes on',
  limitMs: 900_000,
  async run(context) {
    const { figures, signal, say } = context;
    const scenario = {
      seed: 6,
      speed: 10,
      limit: { requests: 198, countRefused: true },
      agents: { count: 12 },
      outcomes: { connected: 1 },
    };
    await withStage({ scenario, signal }, async (stage) => {
      const dialer = await stage.start();
      await stage.create({ name, contacts });
      for (const [fault, speaksOf] of faults) await breakAndMend(context, stage, fault, speaksOf);
      const summary = await stage.completed(name, 420_000);
      say(JSON.stringify(summary.contacts));
      const truth = stage.sandbox.truth();
      figures.equal('contacts finished in the end', summary.contacts.finished, contacts);
      figures.equal('calls placed', truth.calls.length, contacts);
      figures.none(
        'attempts that differ from the truth',
        differencesOfAttempts(truth, await stage.report(name, '--attempts')),
      );
      figures.equal('requests refused by the limit', truth.requests.throttled, 0);
      await dialer.stop();
      return { keep: figures.broken() > 0 };
    });
  },
};

async function breakAndMend(
  { figures, signal, say }: RunContext,
  stage: Stage,
  fault: AccountFault,
  speaksOf: RegExp,
): Promise<void> {
  const { sandbox } = stage;
  const placed = (): number => sandbox.truth().calls.length;
  const atFirst = placed();
  await until(() => placed() >= atFirst + 5, { what: 'five calls', timeoutMs: 90_000, signal });

  const brokenAt = sandbox.truth().placings.length;
  sandbox.control({ account: { fault } });
  const stopped = await until(
    async () => {
      const summary = await stage.show(name);
      return summary.reason === null ? null : summary;
    },
    { what: `a reason after ${fault}`, timeoutMs: 60_000, signal, intervalMs: 500 },
  );
  say(`${fault}: ${stopped.status}: ${stopped.reason ?? ''}`);
  figures.none(
    `${fault}: sentence without its mend`,
    speaksOf.test(stopped.reason ?? '') ? [] : [stopped.reason ?? ''],
  );

  const settled = await until(
    async () => {
      const summary = await stage.show(name);
      return summary.contacts.dialing === 0 ? summary : null;
    },
    { what: 'the end of the calls under way', timeoutMs: 90_000, signal, intervalMs: 500 },
  );
  const refused = sandbox
    .truth()
    .placings.slice(brokenAt)
    .filter(({ sid }) => sid === null).length;
  figures.note(`${fault}: requests refused before it stopped`, refused);
  figures.equal(
    `${fault}: contacts finished or waiting`,
    settled.contacts.finished + settled.contacts.pending,
    contacts,
  );
  const burnt = await stage.query(
    `select id, outcome, error_code from attempts where counts and outcome <> 'connected'`,
  );
  figures.none(
    `${fault}: attempts that cost a contact its budget`,
    burnt.map((row) => JSON.stringify(row)),
  );

  sandbox.control({ account: { fault: 'none' } });
  const before = placed();
  const resumed = await stage.run('campaign', 'resume', name);
  figures.equal(`${fault}: exit code of resume`, resumed.code ?? -1, 0);
  if (resumed.code !== 0) say(resumed.stderr.trim());
  await until(() => placed() > before, {
    what: `a call after ${fault} was mended`,
    timeoutMs: 90_000,
    signal,
  });
}
