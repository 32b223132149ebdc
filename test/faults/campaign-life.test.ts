import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cancelCampaign,
  pauseByPerson,
  resumeCampaign,
  startCampaign,
} from '../../src/campaigns/lifecycle.ts';
import type { CampaignStatus } from '../../src/campaigns/lifecycle.ts';
import { campaignsToStart, completeDone, expireEnded, startCampaigns } from '../../src/campaigns/sweep.ts';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced } from '../../src/dialing/attempt-store.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { UserError } from '../../src/errors.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

type Event = 'start' | 'pause' | 'resume' | 'cancel' | 'sweep' | 'claim' | 'settle' | 'end';

/** Those that end it come seldom: most of a life is what can go back and forth. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('start', 'pause', 'resume', 'claim') },
  { weight: 2, arbitrary: fc.constantFrom('sweep', 'settle') },
  { weight: 1, arbitrary: fc.constantFrom('cancel', 'end') },
);

/** What a campaign must come to. */
interface Model {
  status: CampaignStatus;
  started: boolean;
  ended: boolean;
  /** contacts by their states; a call under way is one that is dialling */
  pending: number;
  dialing: number;
  over: Record<'finished' | 'expired' | 'canceled', number>;
}

const contacts = 2;
const isOver = ({ status }: Model): boolean => status === 'completed' || status === 'canceled';

/** Takes an event into the model; says whether the dialer must refuse it. */
function meet(model: Model, event: Event): 'done' | 'refused' {
  const { status } = model;
  switch (event) {
    case 'start':
      if (status === 'draft') model.status = 'scheduled';
      // one that is scheduled starts by itself as soon as its time has come
      return status === 'draft' || status === 'scheduled' || status === 'running' ? 'done' : 'refused';
    case 'pause':
      if (status === 'scheduled' || status === 'running') model.status = 'paused';
      return status === 'draft' || isOver(model) ? 'refused' : 'done';
    case 'resume':
      if (status !== 'paused') return 'refused';
      model.status = model.started ? 'running' : 'scheduled';
      return 'done';
    case 'cancel':
      if (status === 'completed') return 'refused';
      if (status === 'canceled') return 'done';
      model.status = 'canceled';
      model.over.canceled += model.pending;
      model.pending = 0;
      return 'done';
    case 'end':
      model.ended = true;
      return 'done';
    case 'claim':
      if (status === 'running' && !model.ended && model.pending > 0) {
        model.pending -= 1;
        model.dialing += 1;
      }
      return 'done';
    case 'settle':
      model.over.finished += model.dialing;
      model.dialing = 0;
      return 'done';
    case 'sweep':
      sweep(model);
      return 'done';
  }
}

function sweep(model: Model): void {
  if (model.status === 'scheduled' && !model.ended) {
    model.status = 'running';
    model.started = true;
  }
  const isOpen = !isOver(model) && model.status !== 'draft';
  if (isOpen && model.ended) {
    model.over.expired += model.pending;
    model.pending = 0;
  }
  if (isOpen && model.pending + model.dialing === 0) model.status = 'completed';
}

interface Life {
  database: Database;
  seeded: Seeded;
  name: string;
  live: string[];
}

async function befall({ database, seeded, name, live }: Life, event: Event): Promise<void> {
  switch (event) {
    case 'start':
      return await startCampaign(database, name, 'asha');
    case 'pause':
      return await pauseByPerson(database, name, 'asha');
    case 'resume':
      return await resumeCampaign(database, name, 'asha');
    case 'cancel':
      return await cancelCampaign(database, name, 'asha');
    case 'end':
      await database.query(
        `update campaigns set starts_at = least(starts_at, dialer_now() - interval '2 s'), ends_at = dialer_now() - interval '1 s'
         where id = $1`,
        [seeded.campaignId],
      );
      return;
    case 'claim': {
      const result = await claimNext(seeded.claiming);
      if (result.kind === 'claimed') live.push(result.claim.attemptId);
      return;
    }
    case 'settle':
      for (const id of live.splice(0)) {
        const callSid = `call of ${id}`;
        await markPlaced(database, id, callSid, new Date(), new Date());
        await settleByCall(database, id, callDetails('completed', { callSid }), 'callback');
      }
      return;
    case 'sweep': {
      const due = await campaignsToStart(database, seeded.accountId);
      await startCampaigns(
        database,
        due.map(({ id }) => id),
      );
      await expireEnded(database, seeded.accountId);
      await completeDone(database, seeded.accountId);
    }
  }
}

async function standing({ database, seeded }: Life): Promise<Omit<Model, 'started' | 'ended'>> {
  const row = await one<Model['over'] & { status: CampaignStatus; pending: number; dialing: number }>(
    database,
    `select k.status, count(*) filter (where c.state = 'pending')::int as pending,
       count(*) filter (where c.state = 'dialing')::int as dialing,
       count(*) filter (where c.state = 'finished')::int as finished,
       count(*) filter (where c.state = 'expired')::int as expired,
       count(*) filter (where c.state = 'canceled')::int as canceled
     from campaigns k join contacts c on c.campaign_id = k.id where k.id = $1 group by k.status`,
    [seeded.campaignId],
  );
  const { status, pending, dialing, ...over } = row;
  return { status, pending, dialing, over };
}

test('whatever people, time and calls do to it, a campaign goes through its states as told, claims only while it runs, and ends once with every contact', async () => {
  const { database } = await testDatabase();
  const { accountId } = await seed(database, { name: 'agents', numbers: [], agents: contacts });
  await database.query(`update campaigns set status = 'canceled', ended_at = dialer_now()`);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 4, maxLength: 14, size: 'max' }),
      async (happenings) => {
        round += 1;
        const name = `life ${round}`;
        const numbers = [2 * round, 2 * round + 1].map((line) => `+9198${String(30_000_000 + line)}`);
        const seeded = await seed(database, { name, accountId, numbers, agents: contacts });
        await database.query(`update campaigns set status = 'draft', started_at = null where id = $1`, [
          seeded.campaignId,
        ]);
        const life: Life = { database, seeded, name, live: [] };
        const model: Model = {
          status: 'draft',
          started: false,
          ended: false,
          pending: contacts,
          dialing: 0,
          over: { finished: 0, expired: 0, canceled: 0 },
        };
        try {
          for (const event of happenings) {
            const answer = await befall(life, event).then(
              () => 'done',
              (error: unknown) => {
                if (error instanceof UserError) return 'refused';
                throw error;
              },
            );
            expect(answer).toBe(meet(model, event));
            const { started: _started, ended: _ended, ...expected } = model;
            expect(await standing(life)).toEqual(expected);
          }
        } finally {
          // also after a failure, for the shorter lives that are tried then
          await befall(life, 'settle');
          await database.query(
            `update campaigns set status = 'canceled', paused_by = null, paused_code = null, paused_reason = null,
               ended_at = dialer_now() where id = $1`,
            [seeded.campaignId],
          );
        }
      },
    ),
    // one that has ended and that no sweep has seen yet is not claimed from either
    { numRuns: 100, examples: [[['start', 'sweep', 'end', 'claim']]] },
  );
}, 120_000);
