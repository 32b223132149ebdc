import * as fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/pool.ts';
import { markPlaced } from '../../src/dialing/attempt-store.ts';
import { closeRequest } from '../../src/dialing/request-store.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { parseCallDetails } from '../../src/exotel/call-details.ts';
import type { CallDetails } from '../../src/exotel/call-details.ts';
import { createLog } from '../../src/log.ts';
import { createCallbackInbox } from '../../src/results/callback-inbox.ts';
import { testDatabase } from '../support/database.ts';
import { claimed, one, seed } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';

let database: Database;
beforeEach(async () => {
  ({ database } = await testDatabase());
});

/** How a call may end, as Exotel's final status and the customer's leg tell it. */
const endings = [
  { status: 'completed', agent: 'completed', customer: 'completed' },
  { status: 'customer_unanswered', agent: 'completed', customer: 'no-answer' },
  { status: 'customer_unanswered', agent: 'completed', customer: 'busy' },
  { status: 'customer_no_dial', agent: 'completed', customer: 'failed' },
  { status: 'agent_unanswered', agent: 'no-answer', customer: null },
  { status: 'agent_canceled', agent: 'completed', customer: 'canceled' },
  { status: 'agent_no_dial', agent: 'failed', customer: null },
  { status: 'nobody_told_us_of_this', agent: 'completed', customer: 'completed' },
] as const;
type Ending = (typeof endings)[number];

/** All that can be learned of one call, from every side it can come from. */
const news = ['answer', 'agent answered', 'customer answered', 'terminal', 'look'] as const;
type News = (typeof news)[number];

interface Story {
  ending: Ending;
  order: News[];
}

const customerAnswers = (ending: Ending): boolean => ending.customer === 'completed';

/** Any order of any of the news, each of them once or several times; what ends the call is always among them. */
const stories: fc.Arbitrary<Story> = fc
  .tuple(fc.constantFrom(...endings), fc.array(fc.constantFrom(...news), { maxLength: 4 }), fc.nat())
  .chain(([ending, again]) => {
    const told = news.filter((piece) => piece !== 'customer answered' || customerAnswers(ending));
    const repeated = again.filter((piece) => piece !== 'answer' && told.includes(piece));
    const all = [...told, ...repeated];
    return fc
      .shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
      .map((order) => ({ ending, order }));
  });

const inOrder = (ending: Ending): News[] =>
  news.filter((piece) => piece !== 'customer answered' || customerAnswers(ending));

function detailsOf(sid: string, { status, agent, customer }: Ending, upTo: News): Record<string, unknown> {
  const over = upTo === 'terminal' || upTo === 'look';
  return {
    call_sid: sid,
    call_state: over ? 'terminal' : 'active',
    call_status: over ? status : null,
    assigned_agent_details: { status: over ? agent : 'in-progress' },
    customer_details: { status: over ? customer : upTo === 'customer answered' ? 'in-progress' : null },
    ...(over && status === 'completed'
      ? { total_talk_time: 42, recordings: [{ url: 'https://recordings.example.com/1.mp3' }] }
      : {}),
  };
}

/** Tells a new attempt the story, one piece of news after the other, and gives what became of everybody. */
async function tell(
  campaign: string,
  accountId: number | undefined,
  { ending, order }: Story,
): Promise<Record<string, unknown>> {
  const seeded = await seed(database, {
    name: campaign,
    numbers: someNumbers(1),
    ...(accountId === undefined ? {} : { accountId }),
    definition: { wrapUpMs: 30_000 },
  });
  const { attemptId, requestId } = await claimed(seeded.claiming);
  const sid = `sid-${campaign}`;
  for (const piece of order) {
    if (piece === 'answer') {
      await closeRequest(database, requestId, 'ok', 200);
      await markPlaced(database, attemptId, sid, new Date(), new Date());
    } else if (piece === 'look') {
      await settleByCall(database, attemptId, readDetails(detailsOf(sid, ending, piece)), 'poll');
    } else {
      const inbox = createCallbackInbox({ database, log: createLog('silent') });
      await inbox.receive({
        address: { accountId: seeded.accountId, attemptId, issuedAt: new Date() },
        contentType: 'application/json',
        query: {},
        body: Buffer.from(
          JSON.stringify({
            event_details: { event_type: piece === 'terminal' ? 'terminal' : 'answered' },
            call_details: detailsOf(sid, ending, piece),
          }),
        ),
      });
      // closed once what it took in is settled
      await inbox.close();
    }
  }
  return await finalState(attemptId);
}

function readDetails(raw: Record<string, unknown>): CallDetails {
  const details = parseCallDetails(raw);
  if (details === null) throw new Error('the details name a SID');
  return details;
}

/** What must not depend on the order: everything but the moments themselves. */
async function finalState(attemptId: string): Promise<Record<string, unknown>> {
  const state = await one<Record<string, unknown>>(
    database,
    `select t.state, t.outcome, t.counts, t.unlisted, t.agent_held, t.call_sid is not null as has_sid, t.talk_seconds,
       t.recording_url, t.provider_status, t.agent_leg_status, t.customer_leg_status, t.next_poll_at, t.error_code,
       t.agent_answered_at is not null as agent_answered, t.customer_answered_at is not null as customer_answered,
       t.placed_at is not null as placed, r.result, c.state as contact, c.state_reason,
       round(extract(epoch from nullif(c.due_at, '-infinity') - t.settled_at)::numeric, 0)::float8 as due_in,
       g.cooling_streak, g.wrap_up_until is not null as wraps_up,
       g.cooling_until is not null as cools
     from attempts t join contacts c on c.id = t.contact_id join agents g on g.id = t.agent_id
       join requests r on r.attempt_id = t.id
     where t.id = $1`,
    [attemptId],
  );
  // the agent is the same in all stories; each begins well
  await database.query(
    `update agents set cooling_streak = 0, cooling_until = null, cooling_since = null, cooling_code = null,
       wrap_up_until = null, paused_at = null, paused_until = null, paused_by = null, paused_reason = null`,
  );
  await database.query(`update contacts set state = 'canceled' where state = 'pending'`);
  return state;
}

test('in whatever order and however often an attempt’s news come, it ends the same', async () => {
  const { accountId } = await seed(database, { name: 'first', numbers: [], agents: 1 });
  const expected = new Map<Ending, Record<string, unknown>>();
  for (const [index, ending] of endings.entries()) {
    expected.set(ending, await tell(`in order ${index}`, accountId, { ending, order: inOrder(ending) }));
  }
  expect([...expected.values()].map((state) => state['outcome'])).toEqual([
    'connected',
    'no_answer',
    'busy',
    'unreachable',
    'agent_no_answer',
    'agent_canceled',
    'agent_unreachable',
    'unreachable',
  ]);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      round += 1;
      expect(await tell(`round ${round}`, accountId, story)).toEqual(expected.get(story.ending));
    }),
    { numRuns: 60 },
  );
}, 60_000);
