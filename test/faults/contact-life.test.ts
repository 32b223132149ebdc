import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced, markUnknownIfPlacing } from '../../src/dialing/attempt-store.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleAsUnknown, settleByAnswer, settleByCall } from '../../src/dialing/settle.ts';
import { throttledVerdict, unsentVerdict, verdictOfRefusal } from '../../src/dialing/verdict.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

const maxAttempts = 3;
const noFacts = { errorCode: null, errorText: null };

/**
 * What may come of an attempt, and how a contact may be left by it. The late ones are closed as unknown first and known
 * then, whichever way the contact went meanwhile.
 */
const fates = {
  connected: { counts: true, leaves: ['finished'] },
  no_answer: { counts: true, leaves: ['pending', 'exhausted'] },
  busy: { counts: true, leaves: ['pending', 'exhausted'] },
  unreachable: { counts: true, leaves: ['pending', 'exhausted'] },
  unknown: { counts: true, leaves: ['pending', 'exhausted', 'held'] },
  late_connected: { counts: true, leaves: ['finished'] },
  late_no_answer: { counts: true, leaves: ['pending', 'exhausted'] },
  late_agent_fault: { counts: false, leaves: ['pending', 'exhausted', 'held'] },
  throttled: { counts: false, leaves: ['pending'] },
  unsent: { counts: false, leaves: ['pending'] },
  agent_busy: { counts: false, leaves: ['pending', 'held'] },
  agent_no_answer: { counts: false, leaves: ['pending', 'held'] },
  agent_hung_up: { counts: false, leaves: ['pending', 'held'] },
  unlisted: { counts: false, leaves: ['pending', 'held'] },
  do_not_disturb: { counts: false, leaves: ['suppressed'] },
} as const satisfies Record<string, { counts: boolean; leaves: readonly string[] }>;
type Fate = keyof typeof fates;
const isFate = (name: string): name is Fate => name in fates;

const callOf: Partial<Record<Fate, { status: string; customer: string | null }>> = {
  connected: { status: 'completed', customer: 'completed' },
  no_answer: { status: 'customer_unanswered', customer: 'no-answer' },
  busy: { status: 'customer_unanswered', customer: 'busy' },
  unreachable: { status: 'customer_no_dial', customer: 'failed' },
  agent_no_answer: { status: 'agent_unanswered', customer: null },
  agent_hung_up: { status: 'agent_canceled', customer: 'canceled' },
  unlisted: { status: 'nobody_told_us_of_this', customer: 'completed' },
  late_connected: { status: 'completed', customer: 'completed' },
  late_no_answer: { status: 'customer_unanswered', customer: 'no-answer' },
  late_agent_fault: { status: 'agent_unanswered', customer: null },
};

async function meet(database: Database, attemptId: string, fate: Fate): Promise<void> {
  const call = callOf[fate];
  if (fate.startsWith('late_')) {
    await markUnknownIfPlacing(database, attemptId, 'no answer came');
    await settleAsUnknown(database, attemptId);
  }
  if (call !== undefined) {
    const callSid = `call of ${attemptId}`;
    await markPlaced(database, attemptId, callSid, new Date(), new Date());
    const customerLeg = { status: call.customer, contactUri: null, userId: null, onCallSeconds: null };
    await settleByCall(database, attemptId, callDetails(call.status, { callSid, customerLeg }), 'poll');
  } else if (fate === 'unknown') {
    await markUnknownIfPlacing(database, attemptId, 'no answer came');
    await settleAsUnknown(database, attemptId);
  } else {
    const verdict =
      fate === 'throttled'
        ? throttledVerdict
        : fate === 'unsent'
          ? unsentVerdict
          : verdictOfRefusal(fate === 'agent_busy' ? 'agent_busy' : 'do_not_disturb');
    await settleByAnswer(database, attemptId, verdict, noFacts, null);
  }
}

interface Contact {
  state: string;
  /** in whole seconds from now; null: as before, at once */
  waits: number | null;
  /** when it is due, as the database writes it */
  due: string;
  counted: number;
}

const contactOf = (database: Database, { contactIds }: Seeded) =>
  one<Contact & Record<string, unknown>>(
    database,
    `select state, due_at::text as due, ceil(extract(epoch from nullif(due_at, '-infinity') - dialer_now()))::float8 as waits,
       (select count(*) from attempts where contact_id = contacts.id and counts) as counted
     from contacts where id = $1`,
    [contactIds[0]],
  );

test.each([
  ['hold', ['held']],
  ['retry', ['pending', 'exhausted']],
] as const)(
  'whatever comes of its attempts, with onUnknown %s a contact spends its budget on calls that counted, waits where it rang, and ends once',
  async (onUnknown, leftByUnknown) => {
    const { database } = await testDatabase();
    const { accountId } = await seed(database, { name: 'agents', numbers: [], agents: 4 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...Object.keys(fates).filter(isFate)), { minLength: 1, maxLength: 9 }),
        async (life) => {
          round += 1;
          const numbers = [`+9198${String(20_000_000 + round)}`];
          const seeded = await seed(database, {
            name: `life ${round}`,
            accountId,
            numbers,
            agents: 4,
            definition: { onUnknown },
          });
          // nor does a life that failed stand in the way of the shorter ones that are tried then
          await database.query(
            `update contacts set state = 'canceled' where state = 'pending' and id <> $1`,
            [seeded.contactIds[0]],
          );
          let counted = 0;
          for (const fate of life) {
            const claim = await claimNext(seeded.claiming);
            if (claim.kind !== 'claimed')
              throw new Error(`a pending contact could not be claimed before ${fate}`);
            const before = await contactOf(database, seeded);
            expect(before.state).toBe('dialing');
            await meet(database, claim.claim.attemptId, fate);
            const { counts, leaves } = fates[fate];
            counted += counts ? 1 : 0;
            const after = await contactOf(database, seeded);
            expect(fate === 'unknown' ? leftByUnknown : leaves).toContain(after.state);
            expect(after.counted).toBe(counted);
            expect(counted).toBeLessThanOrEqual(maxAttempts);
            if (counts && !fate.endsWith('connected') && after.state !== 'held')
              expect(after.state === 'exhausted').toBe(counted === maxAttempts);
            if (fate === 'throttled' || fate === 'unsent') expect(after.due).toBe(before.due);
            if (fate === 'agent_hung_up' && after.state === 'pending')
              expect(after.waits).toBeGreaterThan(14 * 60);
            // whatever it waits for, and whoever cools down, is over in a day
            await database.query(`update clock set shift = shift + interval '25 hours'`);
            if (after.state !== 'pending') {
              expect(await claimNext(seeded.claiming)).toEqual({ kind: 'nothing' });
              return;
            }
          }
          await database.query(`update contacts set state = 'canceled' where state = 'pending'`);
        },
      ),
      { numRuns: 30 },
    );
  },
  120_000,
);
