/*
 * Conditions in SQL under which something could be dialled. By the tables alone, and not by the dialer's own queries:
 * what those get wrong must show.
 */

/** How many numbers could be called: their time has come, and no call to them is going on. */
export const numbersDue = `(
  select count(distinct c.number)::int from contacts c join campaigns k on k.id = c.campaign_id
  where k.status = 'running' and c.state = 'pending' and c.due_at <= dialer_now()
    and not exists (select 1 from attempts t where t.number = c.number and t.state <> 'settled')
)`;

/** To how many at once: agents who can take a call, or, where a flow talks, legs that the account has left. */
export const calleesFree = `case when exists (select 1 from campaigns where mode = 'flow') then (
  select coalesce(max_concurrent_legs, 1000000) - (select count(*)::int from attempts where state <> 'settled')
  from accounts
) else (
  select count(*)::int from agents g
  where g.disabled_at is null
    and (g.paused_at is null or g.paused_until <= dialer_now())
    and (g.cooling_until is null or g.cooling_until <= dialer_now())
    and (g.wrap_up_until is null or g.wrap_up_until <= dialer_now())
    and not exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
) end`;

/** Requests to place that have waited long for their answer: with so many of them the dialer places no more. */
export const slowPlacings = `(
  select count(*)::int from attempts where state = 'placing' and claimed_at < dialer_now() - interval '3 s'
)`;
export const slowPlacingsAllowed = 8;
