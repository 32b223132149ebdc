import type { Queryable, Transaction } from '../db/pool.ts';
import type { AgentEffect } from '../dialing/outcomes.ts';
import { coolingMs, deviceBelievedMs, missedBeforePause, missedPauseMs } from './health.ts';

export interface EffectContext {
  endedAt: Date;
  wrapUpMs: number;
  code: string;
  reason: string | null;
}

/** What an attempt's outcome does to its agent; in the transaction that settles the attempt. */
export async function applyAgentEffect(
  transaction: Transaction,
  agentId: number,
  effect: AgentEffect,
  context: EffectContext,
): Promise<void> {
  switch (effect) {
    case 'untouched':
      return;
    case 'served':
      await backInLine(transaction, agentId, context.endedAt, context.wrapUpMs);
      return;
    case 'answered':
    case 'uncertain':
      await backInLine(transaction, agentId, context.endedAt, 0);
      return;
    case 'missed':
      await backInLine(transaction, agentId, context.endedAt, 0);
      await pauseWhenMissing(transaction, agentId);
      return;
    case 'cool_busy':
    case 'cool_unavailable':
      await coolDown(transaction, agentId, effect, context);
      return;
    case 'disable':
      await transaction.query(
        `update agents set disabled_at = dialer_now(), disabled_code = $2, disabled_reason = $3, idle_since = dialer_now()
         where id = $1`,
        [agentId, context.code, context.reason ?? 'Exotel cannot call this agent'],
      );
  }
}

async function backInLine(
  transaction: Transaction,
  agentId: number,
  endedAt: Date,
  wrapUpMs: number,
): Promise<void> {
  await transaction.query(
    `update agents set idle_since = greatest(idle_since, $2::timestamptz), cooling_since = null, cooling_until = null,
       cooling_code = null, cooling_streak = 0,
       wrap_up_until = case when $3 > 0 then $2::timestamptz + $3 * interval '1 ms' else wrap_up_until end
     where id = $1`,
    [agentId, endedAt, wrapUpMs],
  );
}

async function coolDown(
  transaction: Transaction,
  agentId: number,
  effect: 'cool_busy' | 'cool_unavailable',
  context: EffectContext,
): Promise<void> {
  const agent = await transaction.query<{ cooling_streak: number }>(
    'select cooling_streak from agents where id = $1 for update',
    [agentId],
  );
  const coolFor = coolingMs(effect, agent.rows[0]?.cooling_streak ?? 0);
  await transaction.query(
    `update agents set idle_since = dialer_now(), cooling_since = dialer_now(), cooling_code = $2,
       cooling_until = dialer_now() + $3 * interval '1 ms', cooling_streak = cooling_streak + 1
     where id = $1`,
    [agentId, context.code, coolFor],
  );
}

async function pauseWhenMissing(transaction: Transaction, agentId: number): Promise<void> {
  const latest = await transaction.query<{ missed: boolean }>(
    `select outcome = 'agent_no_answer' as missed from attempts
     where agent_id = $1 and call_sid is not null and state = 'settled' and not excused
     order by claimed_at desc limit $2`,
    [agentId, missedBeforePause],
  );
  if (latest.rows.length < missedBeforePause || !latest.rows.every((row) => row.missed)) return;
  await transaction.query(
    `update agents set paused_at = dialer_now(), paused_until = dialer_now() + $2 * interval '1 ms', paused_by = 'dialer',
       paused_reason = $3
     where id = $1 and (paused_at is null or paused_until <= dialer_now())`,
    [agentId, missedPauseMs, `did not answer ${missedBeforePause} calls in a row`],
  );
}

/** What one reading of the account's users list said of one agent. */
export interface DeviceReading {
  agentId: number;
  state: 'available' | 'busy' | 'off' | 'unverified' | 'no_device';
}

/**
 * Takes over a reading of the users list. Agents on a call of ours are left alone: their device is busy with it.
 * A refusal that came after the reading was asked for is newer than the reading and stands.
 * @param askedAt when the request was sent, by the database's clock
 */
export async function applyDeviceReadings(
  queryable: Queryable,
  readings: readonly DeviceReading[],
  askedAt: Date,
): Promise<number> {
  const applied = await queryable.query(
    `update agents g set
       device_state = r.state, device_seen_at = $3,
       cooling_since = case when r.state in ('busy', 'off') then coalesce(cooling_since, $3) end,
       cooling_until = case when r.state in ('busy', 'off')
         then greatest(cooling_until, $3::timestamptz + $4 * interval '1 ms') end,
       cooling_code = case when r.state in ('busy', 'off') then coalesce(cooling_code, 'device_' || r.state) end,
       cooling_streak = case when r.state in ('busy', 'off') then cooling_streak else 0 end,
       disabled_at = case when r.state in ('unverified', 'no_device') then coalesce(disabled_at, $3)
         when disabled_code in ('10705', '10702', '10806', 'device') then null else disabled_at end,
       disabled_code = case when r.state in ('unverified', 'no_device') then coalesce(disabled_code, 'device')
         when disabled_code in ('10705', '10702', '10806', 'device') then null else disabled_code end,
       disabled_reason = case
         when r.state = 'unverified' then coalesce(disabled_reason, 'the device is not verified in the Exotel dashboard')
         when r.state = 'no_device' then coalesce(disabled_reason, 'the user has no device in the Exotel dashboard')
         when disabled_code in ('10705', '10702', '10806', 'device') then null else disabled_reason end
     from unnest($1::bigint[], $2::text[]) as r(agent_id, state)
     where g.id = r.agent_id and coalesce(greatest(g.cooling_since, g.disabled_at) <= $3, true)
       and not exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
       and not exists (select 1 from attempts t where t.agent_id = g.id and t.settled_at > $3::timestamptz - interval '3 s')`,
    [readings.map((one) => one.agentId), readings.map((one) => one.state), askedAt, deviceBelievedMs],
  );
  return applied.rowCount ?? 0;
}
