import { beforeEach, describe, expect, test } from 'vitest';
import { pauseAgent, resumeAgent } from '../../src/agents/agent-commands.ts';
import { listAgents } from '../../src/agents/agent-standing.ts';
import type { AgentStanding } from '../../src/agents/agent-standing.ts';
import type { Database } from '../../src/db/pool.ts';
import { claimNext } from '../../src/dialing/claim.ts';
import { settleByCall } from '../../src/dialing/settle.ts';
import { testDatabase } from '../support/database.ts';
import { callDetails, claimed, one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';
import { someNumbers } from '../support/rig.ts';
import { waitFor } from '../support/wait.ts';

let database: Database;
let seeded: Seeded;
beforeEach(async () => {
  ({ database } = await testDatabase());
  seeded = await seed(database, { agents: 2, numbers: someNumbers(4) });
});

const untilResumed = { forMs: null, reason: null };
const kindOf = async () => (await claimNext(seeded.claiming)).kind;

async function standing(userId: string): Promise<AgentStanding> {
  const agent = (await listAgents(database)).find((candidate) => candidate.userId === userId);
  if (agent === undefined) throw new Error(`no agent ${userId}`);
  return agent;
}

describe('pausing an agent', () => {
  test('gives them no more calls until they are resumed', async () => {
    await pauseAgent(database, 'agent-001', untilResumed, 'cli:asha');
    expect((await claimed(seeded.claiming)).agent.user_id).toBe('agent-002');
    expect(await kindOf()).toBe('nothing');
    await resumeAgent(database, 'agent-001', 'cli:asha');
    expect((await claimed(seeded.claiming)).agent.user_id).toBe('agent-001');
  });

  test('ends by itself after the time given', async () => {
    await pauseAgent(database, 'agent-002', untilResumed, 'cli:asha');
    await pauseAgent(database, 'agent-001', { forMs: 1_800_000, reason: 'lunch' }, 'cli:asha');
    expect(await kindOf()).toBe('nothing');
    await database.query(`update clock set shift = '31 min'`);
    expect((await claimed(seeded.claiming)).agent.user_id).toBe('agent-001');
  });

  test('waits for a claim under way, so that none with them commits once it returned', async () => {
    const pausing: Promise<AgentStanding>[] = [];
    await database.transaction(async (claim) => {
      await claim.query('select 1 from accounts where id = $1 for share', [seeded.accountId]);
      pausing.push(pauseAgent(database, 'agent-001', untilResumed, 'cli:asha'));
      await waitFor(
        async () => {
          const waiting = await database.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return waiting.rowCount === 1;
        },
        { what: 'the pause to wait for the claim' },
      );
      expect((await standing('agent-001')).health).toBe('available');
    });
    await Promise.all(pausing);
    expect((await standing('agent-001')).health).toBe('paused');
  });

  test('leaves the call under way alone, and is told so', async () => {
    const { agent } = await claimed(seeded.claiming);
    const paused = await pauseAgent(database, agent.user_id ?? '', untilResumed, 'cli:asha');
    expect(paused.health).toBe('on_call');
    expect(await one(database, 'select state, agent_held from attempts')).toEqual({
      state: 'placing',
      agent_held: true,
    });
  });

  test('names who did it in the trail, with what was before', async () => {
    await pauseAgent(database, 'agent-001', { forMs: null, reason: 'lunch' }, 'cli:asha');
    await resumeAgent(database, 'agent-001', 'cli:ravi');
    const trail = await database.query<{
      actor: string;
      what: string;
      before: string | null;
      after: string | null;
    }>(
      `select actor, what, old->>'paused_reason' as before, new->>'paused_reason' as after from trail
       where agent_id = $1 order by id`,
      [seeded.agentIds[0]],
    );
    expect(trail.rows).toEqual([
      { actor: 'cli:asha', what: 'agent_paused', before: null, after: 'lunch' },
      { actor: 'cli:ravi', what: 'agent_resumed', before: 'lunch', after: null },
    ]);
  });
});

describe('an agent is named', () => {
  test('by user id, contact or number in the list', async () => {
    await database.query(
      `update agents set contact_uri = 'sip:asha@example.org' where user_id = 'agent-001'`,
    );
    const { id } = await standing('agent-001');
    for (const word of ['agent-001', 'sip:asha@example.org', String(id)]) {
      expect((await pauseAgent(database, word, untilResumed, 'cli:asha')).userId).toBe('agent-001');
    }
  });

  test('by a user id that is a number before the number in the list', async () => {
    const { id } = await standing('agent-001');
    await database.query(`update agents set user_id = $1 where user_id = 'agent-002'`, [String(id)]);
    expect((await pauseAgent(database, String(id), untilResumed, 'cli:asha')).id).not.toBe(id);
  });

  test('only when the word means one of them', async () => {
    const other = await one<{ id: number }>(
      database,
      `insert into accounts (name, sid) values ('other', 'x') returning id`,
    );
    await database.query(`insert into agents (account_id, user_id) values ($1, 'agent-001')`, [other.id]);
    await expect(pauseAgent(database, 'agent-001', untilResumed, 'cli:asha')).rejects.toThrow(
      /^agent-001 is 2 agents: name one by its number in `dialer agents list`, \d+ or \d+$/,
    );
    await expect(resumeAgent(database, 'nobody', 'cli:asha')).rejects.toThrow('there is no agent nobody');
  });
});

describe('the list of agents', () => {
  test('says in words why an agent is out, since when and until when', async () => {
    const out = async (change: string) => {
      await database.query(`update agents set ${change} where user_id = 'agent-001'`);
      const { health, reason, since, until } = await standing('agent-001');
      return { health, reason, since: since?.toISOString() ?? null, until: until?.toISOString() ?? null };
    };
    const [since, until] = ['2026-12-01T05:00:00.000Z', '2099-12-01T05:00:00.000Z'];
    expect(await out(`wrap_up_until = '${until}'`)).toEqual({
      health: 'wrap_up',
      reason: 'wrap-up after a call',
      since: null,
      until,
    });
    expect(
      await out(`cooling_since = '${since}', cooling_until = '${until}', cooling_code = '10706'`),
    ).toEqual({
      health: 'cooling_down',
      reason: 'the user device is busy (10706)',
      since,
      until,
    });
    expect((await out(`cooling_code = 'device_off'`)).reason).toBe('the device is switched off');
    expect(
      await out(
        `paused_at = '${since}', paused_until = '${until}', paused_by = 'cli:asha', paused_reason = 'lunch'`,
      ),
    ).toEqual({ health: 'paused', reason: 'lunch (by cli:asha)', since, until });
    expect(
      await out(
        `disabled_at = '${since}', disabled_code = '10705', disabled_reason = 'the user device is unverified'`,
      ),
    ).toEqual({ health: 'disabled', reason: 'the user device is unverified (10705)', since, until: null });
    await resumeAgent(database, 'agent-001', 'cli:asha');
    expect((await standing('agent-001')).health).toBe('wrap_up');
  });

  test('counts the calls of the day in the zone of their campaign, and none that was refused', async () => {
    // 00:10 in Kolkata: what was placed twenty minutes ago was yesterday's
    const shift = async (to: string) =>
      await database.query(`update clock set shift = $1::timestamptz - clock_timestamp()`, [to]);
    const call = async () => {
      const { attemptId, agent } = await claimed(seeded.claiming);
      await settleByCall(database, attemptId, callDetails('completed'), 'poll');
      await database.query('update agents set idle_since = now(), wrap_up_until = null');
      return agent.user_id ?? '';
    };
    await pauseAgent(database, 'agent-002', untilResumed, 'cli:asha');
    await shift('2026-12-01T18:20:00Z');
    await call();
    expect((await standing('agent-001')).callsToday).toBe(1);
    await shift('2026-12-01T18:40:00Z');
    expect((await standing('agent-001')).callsToday).toBe(0);
    await call();
    await claimed(seeded.claiming);
    expect((await standing('agent-001')).callsToday).toBe(1);
  });

  test('can be that of one campaign', async () => {
    await seed(database, { name: 'other', accountId: seeded.accountId, agents: 3 });
    const names = async (campaign: string) =>
      (await listAgents(database, { campaign })).map((agent) => agent.userId);
    expect(await names('test')).toEqual(['agent-001', 'agent-002']);
    expect(await names('other')).toEqual(['agent-001', 'agent-002', 'agent-003']);
    expect((await standing('agent-001')).campaigns).toEqual(['test', 'other']);
    await expect(names('nope')).rejects.toThrow('there is no campaign nope');
  });
});
