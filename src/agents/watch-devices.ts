import type { OwnerContext } from '../dialing/owner-context.ts';
import { createWake } from '../dialing/wake.ts';
import { messageOf } from '../errors.ts';
import type { DeviceReading } from './health-store.ts';
import { readDevices } from './read-devices.ts';

const stepMs = 1000;
/** How often the users list is read while an agent is cooling down, in ms. */
const coolingEveryMs = 30_000;
/** How often while one is disabled by a device that may be mended, in ms. */
const disabledEveryMs = 300_000;
/** How often while callbacks are missing: a device that came free tells that its call is over, fifty in a request. */
const hintsEveryMs = 12_000;
const callsWorthHints = 3;

/** Reads the users list as often as something hangs on it, until the term ends. */
export async function watchDevices(context: OwnerContext): Promise<void> {
  const { term, clock, log, wake } = context;
  const pause = createWake();
  const seenBusy = new Set<number>();
  let readAt = -Infinity;
  while (!term.signal.aborted) {
    try {
      const every = await readingInterval(context);
      if (every !== null && clock.monotonic() - readAt >= every) {
        readAt = clock.monotonic();
        const readings = await readDevices(context);
        if (readings !== null) {
          await hintAtEndedCalls(context, readings, seenBusy);
          wake.now();
        }
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'reading the devices failed and is tried again');
    }
    await pause.sleep(stepMs, term.signal);
  }
}

async function readingInterval(context: OwnerContext): Promise<number | null> {
  const { database, term, schedule } = context;
  const found = await database.query<{ cooling: boolean; disabled: boolean; untold: boolean; calls: number }>(
    `select
       coalesce(bool_or(g.cooling_until > dialer_now()), false) as cooling,
       coalesce(bool_or(g.disabled_code in ('10705', '10702', '10806', 'device')), false) as disabled,
       coalesce(bool_or(g.devices_asked_at is not null)
         and bool_or(g.user_id is not null and g.devices_asked_at is null), false) as untold,
       (select count(*) from attempts t join campaigns k on k.id = t.campaign_id
        where t.account_id = $1 and t.state = 'placed' and k.mode = 'agents') as calls
     from agents g
     where g.account_id = $1 and exists (
       select 1 from campaign_agents ca join campaigns k on k.id = ca.campaign_id
       where ca.agent_id = g.id and k.mode = 'agents' and k.status = 'running')`,
    [term.accountId],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  // the list of calls under way tells more, for fewer requests
  const hintsWanted = !schedule.expectsCallbacks() && !context.activeCalls.tells();
  if (hintsWanted && row.calls >= callsWorthHints) return hintsEveryMs;
  if (row.cooling || row.untold) return coolingEveryMs;
  return row.disabled ? disabledEveryMs : null;
}

/**
 * Without callbacks: an agent's device that was busy and is free again says that the call is over, so it is looked at
 * now; one that is still busy puts the look off. Only a hint: the look itself tells what came of the call.
 */
async function hintAtEndedCalls(
  context: OwnerContext,
  readings: readonly DeviceReading[],
  seenBusy: Set<number>,
): Promise<void> {
  const { database, term, schedule, lookWake } = context;
  const freed = readings.filter((one) => one.state === 'available' && seenBusy.delete(one.agentId));
  const busy = readings.filter((one) => one.state === 'busy');
  for (const { agentId } of busy) seenBusy.add(agentId);
  if (schedule.expectsCallbacks()) return;
  await database.query(
    `update attempts set next_poll_at = case
         when agent_id = any($2::bigint[]) then least(next_poll_at, dialer_now())
         else greatest(next_poll_at, least(dialer_now() + interval '14 s', coalesce(polled_at, placed_at) + interval '60 s'))
       end
     where account_id = $1 and state = 'placed' and agent_id = any($2::bigint[] || $3::bigint[])
       and exists (select 1 from campaigns k where k.id = attempts.campaign_id and k.mode = 'agents')`,
    [term.accountId, freed.map((one) => one.agentId), busy.map((one) => one.agentId)],
  );
  lookWake.now();
}
