import { describe, expect, test } from 'vitest';
import { createRig, someNumbers } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';
import { startDialerProcess, takeCallbacks } from './dialer.ts';
import type { Trap } from './dialer-messages.ts';
import { onlyUnknownLeft, proveAll } from './proof.ts';
import type { Expected } from './proof.ts';

const numbers = someNumbers(6);
const [slowNumber = ''] = numbers;

/** A rig that may answer the request for its first number only after twenty seconds: time to kill meanwhile. */
async function rigForKills({ slow = false, silent = false } = {}): Promise<Rig> {
  const rig = await createRig({
    scenario: {
      speed: 200,
      agents: { count: 3 },
      outcomes: { connected: 1 },
      answers: { slowBy: '20s' },
      // five seconds at this speed: after the takeover
      callbacks: { lateBy: '1000s' },
      numbers: slow ? { [slowNumber]: { answer: 'slow', callbacks: [silent ? 'lost' : 'late'] } } : {},
    },
    requestsPerMinute: 1000,
  });
  rig.config.timings.leaseMs = 1000;
  await takeCallbacks(rig);
  return rig;
}

/** Whom the kill met between a claim's commit and its request, beside what the test is about: nobody can tell any more. */
async function neverSent(rig: Rig): Promise<string[]> {
  const open = await rig.database.query<{ id: string; number: string }>(
    `select id, number from attempts where state = 'placing'`,
  );
  const arrived = new Set(rig.sandbox.truth().placings.map((placing) => placing.customField));
  return open.rows.filter(({ id }) => !arrived.has(id)).map(({ number }) => number);
}

/** A healthy dialer takes over, time passes, and what must hold is proven. */
async function recoverAndProve(rig: Rig, name: string, expected: Expected): Promise<void> {
  const unknown = [...new Set([...(expected.unknown ?? []), ...(await neverSent(rig))])];
  await rig.start(['worker']);
  if (unknown.length > 0) {
    await waitFor(() => onlyUnknownLeft(rig), { timeout: 15_000, what: 'only the unknown attempt' });
    await rig.moveClock('10 minutes');
  }
  const summary = await rig.completed(name, 40_000);
  expect(summary.contacts).toMatchObject({
    finished: numbers.length - unknown.length,
    held: unknown.length,
  });
  await proveAll(rig, name, { ...expected, unknown });
}

/** How far the dialer had come when it was killed. */
async function leftBehind(rig: Rig) {
  const attempts = await rig.database.query<{ id: string; number: string; stored: boolean }>(
    `select t.id, t.number, r.answered_at is not null as stored
     from attempts t join requests r on r.attempt_id = t.id and r.kind = 'place' order by t.claimed_at`,
  );
  const answered = new Set(
    rig.sandbox
      .truth()
      .placings.flatMap((placing) => (placing.answeredAt === null ? [] : [placing.customField])),
  );
  const [first, last] = [attempts.rows.at(0), attempts.rows.at(-1)];
  return {
    claims: attempts.rows.length,
    first: { answered: answered.has(first?.id ?? ''), stored: first?.stored },
    lastAnswered: answered.has(last?.id ?? ''),
    lastNumber: last?.number ?? '',
  };
}

const claimBegins = { statement: 'pg_advisory_xact_lock_shared', nth: 3 };
const claim = { statement: 'insert into attempts', nth: 3 };
/** the first answer that is stored is the list of users, the second one that of the first call */
const answerStored = { statement: 'update requests set answered_at = greatest', nth: 2 };
const [before, afterCommit] = [
  { when: 'before', act: 'SIGKILL' },
  { when: 'after_commit', act: 'SIGKILL' },
] as const;

describe('a dialer that is killed', () => {
  const boundaries: [where: string, trap: Trap, left: object, unknown: 'nobody' | 'the one claimed'][] = [
    ['before a claim', { ...claimBegins, ...before }, { claims: 2 }, 'nobody'],
    ['amidst a claim', { ...claim, ...before }, { claims: 2 }, 'nobody'],
    [
      'after the commit of a claim and before its request',
      { ...claim, ...afterCommit },
      { claims: 3, lastAnswered: false },
      // nobody can tell any more that it was never sent
      'the one claimed',
    ],
    [
      'after the answer and before it is stored',
      { ...answerStored, ...before },
      { first: { answered: true, stored: false } },
      'nobody',
    ],
    [
      'after the answer was stored',
      { ...answerStored, ...afterCommit },
      { first: { answered: true, stored: true } },
      'nobody',
    ],
  ];
  test.each(boundaries)(
    '%s loses and repeats nothing',
    async (_where, trap, left, unknown) => {
      const rig = await rigForKills();
      const name = await rig.create({ numbers });
      const dialer = await startDialerProcess(rig, { trap });
      await dialer.trapped;
      await dialer.gone;
      const behind = await leftBehind(rig);
      expect(behind).toMatchObject(left);
      await recoverAndProve(rig, name, unknown === 'nobody' ? {} : { unknown: [behind.lastNumber] });
    },
    60_000,
  );

  test.each([
    ['a callback tells of the call, which is adopted', false, {}],
    ['nothing tells of the call, which is unknown and never made again', true, { unknown: [slowNumber] }],
  ])(
    'while its request is out: %s',
    async (_what, silent, expected) => {
      const rig = await rigForKills({ slow: true, silent });
      const name = await rig.create({ numbers });
      const dialer = await startDialerProcess(rig);
      // another attempt that the kill meets before its request would rightly be unknown, too
      await waitFor(
        async () =>
          rig.sandbox.truth().calls.some((call) => call.to === slowNumber) &&
          (await rig.summary(name)).contacts.finished === numbers.length - 1,
      );
      dialer.signal('SIGKILL');
      await dialer.gone;
      const request = rig.sandbox.truth().placings.find((placing) => placing.customer === slowNumber);
      expect(request).toMatchObject({ answeredAt: null });
      await recoverAndProve(rig, name, expected);
    },
    60_000,
  );
});
