import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pauseAgent, resumeAgent } from '../../src/agents/agent-commands.ts';
import { listAgents } from '../../src/agents/agent-standing.ts';
import { applyAgentEffect, applyDeviceReadings } from '../../src/agents/health-store.ts';
import type { AgentHealth } from '../../src/agents/health.ts';
import type { Database } from '../../src/db/pool.ts';
import { usable } from '../../src/dialing/claim-store.ts';
import { testDatabase } from '../support/database.ts';
import { one, seed } from '../support/seed.ts';
import type { Seeded } from '../support/seed.ts';

const second = 1000;
const minute = 60 * second;

/** What may befall an agent. Some seconds pass before each, so that no reading is older than what came before it. */
type Event =
  | { kind: 'called'; outcome: 'served' | 'answered' | 'missed'; times: number }
  | { kind: 'refused'; effect: 'cool_busy' | 'cool_unavailable' }
  | { kind: 'disabled'; code: '10702' | '10712' }
  | { kind: 'read'; device: 'available' | 'busy' | 'off' | 'unverified' | 'no_device' }
  | { kind: 'paused'; forMs: number | null }
  | { kind: 'resumed' }
  | { kind: 'waited'; ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('called' as const),
      outcome: fc.constantFrom('served', 'answered', 'missed', 'missed'),
      // only three missed in a row do anything
      times: fc.constantFrom(1, 3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      effect: fc.constantFrom('cool_busy', 'cool_unavailable'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('disabled' as const),
      code: fc.constantFrom('10702', '10712'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      device: fc.constantFrom('available', 'busy', 'off', 'unverified', 'no_device'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('paused' as const),
      forMs: fc.option(fc.constantFrom(2 * minute, 20 * minute), { nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resumed' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('waited' as const),
      ms: fc.constantFrom(30 * second, 3 * minute, 12 * minute),
    }),
  },
);

/** Chance seldom makes it: paused for a time, back, and missing calls once more. */
const missesAgain: Event[] = [
  { kind: 'called', outcome: 'missed', times: 3 },
  { kind: 'waited', ms: 12 * minute },
  { kind: 'called', outcome: 'missed', times: 3 },
];

const wrapUpMs = 45 * second;
const betweenMs = 5 * second;
const mendable = new Set(['10702', 'device']);

/** What an agent's row must come to, in ms of a clock that only events move. */
interface Model {
  now: number;
  pausedUntil: number;
  pausedByPerson: boolean;
  disabledCode: string | null;
  coolingUntil: number;
  streak: number;
  wrapUpUntil: number;
  missedInARow: number;
}

const fresh = (): Model => ({
  now: 0,
  pausedUntil: 0,
  pausedByPerson: false,
  disabledCode: null,
  coolingUntil: 0,
  streak: 0,
  wrapUpUntil: 0,
  missedInARow: 0,
});

function meet(model: Model, what: Event): void {
  model.now += betweenMs;
  switch (what.kind) {
    case 'called':
      model.coolingUntil = 0;
      model.streak = 0;
      model.missedInARow = what.outcome === 'missed' ? model.missedInARow + what.times : 0;
      if (what.outcome === 'served') model.wrapUpUntil = model.now + wrapUpMs;
      // who is paused already stays so for as long as was said
      if (model.missedInARow >= 3 && model.pausedUntil <= model.now) {
        model.pausedUntil = model.now + 10 * minute;
        model.pausedByPerson = false;
      }
      return;
    case 'refused': {
      const [first, longest] = what.effect === 'cool_busy' ? [5 * second, 2 * minute] : [minute, 10 * minute];
      model.coolingUntil = model.now + Math.min(first * 2 ** model.streak, longest);
      model.streak += 1;
      return;
    }
    case 'disabled':
      model.disabledCode = what.code;
      return;
    case 'read': {
      const isUsable = what.device === 'available';
      const isOut = what.device === 'busy' || what.device === 'off';
      model.coolingUntil = isOut ? Math.max(model.coolingUntil, model.now + 75 * second) : 0;
      if (!isOut) model.streak = 0;
      if (!isUsable && !isOut) model.disabledCode ??= 'device';
      else if (mendable.has(model.disabledCode ?? '')) model.disabledCode = null;
      return;
    }
    case 'paused':
      model.pausedUntil = what.forMs === null ? Infinity : model.now + what.forMs;
      model.pausedByPerson = true;
      return;
    case 'resumed':
      Object.assign(model, { pausedUntil: 0, disabledCode: null, coolingUntil: 0, streak: 0 });
      return;
    case 'waited':
      model.now += what.ms;
  }
}

function healthOf({ now, disabledCode, pausedUntil, coolingUntil, wrapUpUntil }: Model): AgentHealth {
  if (disabledCode !== null) return 'disabled';
  if (pausedUntil > now) return 'paused';
  if (coolingUntil > now) return 'cooling_down';
  return wrapUpUntil > now ? 'wrap_up' : 'available';
}

async function befall(database: Database, seeded: Seeded, what: Event, turn: number): Promise<void> {
  await pass(database, betweenMs);
  const agentId = seeded.agentIds[0] ?? 0;
  const { now } = await one<{ now: Date }>(database, 'select dialer_now() as now');
  const effect = async (name: Parameters<typeof applyAgentEffect>[2], code: string): Promise<void> => {
    await database.transaction(async (transaction) => {
      await applyAgentEffect(transaction, agentId, name, {
        endedAt: now,
        wrapUpMs: name === 'served' ? wrapUpMs : 0,
        code,
        reason: null,
      });
    });
  };
  switch (what.kind) {
    case 'called':
      await database.query(
        `insert into attempts (id, account_id, campaign_id, contact_id, agent_id, attempt_number, number, caller_id, epoch,
           state, agent_held, outcome, call_sid, claimed_at, settled_at, settled_by, agent_free_at, deadline_at)
         select gen_random_uuid(), $1, campaign_id, contacts.id, $2, turn, number, '+918045680000', 1, 'settled', false, $4, 'call ' || turn,
           dialer_now() - interval '4 s', dialer_now() - interval '4 s', 'callback', dialer_now(), dialer_now()
         from contacts, generate_series($3::integer, $3::integer + $6 - 1) turn where contacts.id = $5`,
        [
          seeded.accountId,
          agentId,
          turn,
          what.outcome === 'missed' ? 'agent_no_answer' : 'connected',
          seeded.contactIds[0],
          what.times,
        ],
      );
      return await effect(what.outcome, 'agent_no_answer');
    case 'refused':
      return await effect(what.effect, what.effect === 'cool_busy' ? '10706' : '1012');
    case 'disabled':
      return await effect('disable', what.code);
    case 'read':
      expect(await applyDeviceReadings(database, [{ agentId, state: what.device }], now)).toBe(1);
      return;
    case 'paused':
      await pauseAgent(database, String(agentId), { forMs: what.forMs, reason: null }, 'asha');
      return;
    case 'resumed':
      await resumeAgent(database, String(agentId), 'asha');
      return;
    case 'waited':
      await pass(database, what.ms);
  }
}

async function pass(database: Database, ms: number): Promise<void> {
  await database.query(`update clock set shift = shift + $1 * interval '1 ms'`, [ms]);
}

/** By the list, and by the condition of the claim. */
async function standing(database: Database): Promise<{ health: AgentHealth; claimable: boolean }> {
  const [agent] = await listAgents(database);
  const { claimable } = await one<{ claimable: boolean }>(
    database,
    `select coalesce(${usable('g', 'dialer_now()')}, false) as claimable from agents g`,
  );
  return { health: agent?.health ?? 'disabled', claimable };
}

test('whatever befalls an agent, the list and the claim agree on how they stand, and nothing but people and a device that cannot be called keeps them out for good', async () => {
  const { database } = await testDatabase();
  const seeded = await seed(database);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async (life) => {
      await database.query('delete from attempts');
      await resumeAgent(database, String(seeded.agentIds[0]), 'asha');
      await database.query('update agents set wrap_up_until = null, paused_at = null');
      const model = fresh();
      for (const [index, what] of life.entries()) {
        await befall(database, seeded, what, 3 * index + 1);
        meet(model, what);
        const expected = healthOf(model);
        expect(await standing(database)).toEqual({ health: expected, claimable: expected === 'available' });
      }
      await pass(database, 30 * minute);
      const isKept = model.disabledCode !== null || model.pausedUntil === Infinity;
      expect((await standing(database)).claimable).toBe(!isKept);
    }),
    { numRuns: 40, examples: [[missesAgain]] },
  );
}, 60_000);
