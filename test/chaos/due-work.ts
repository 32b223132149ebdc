/*
 * Conditions in SQL under which something could be dialled. By the tables alone, and not by the dialer's own queries:
 * what those get wrong must show.
 */

/** A contact whose time has come and whose number is free. */
export const contactIsDue = `exists (
  select 1 from contacts c join campaigns k on k.id = c.campaign_id
  where k.status = 'running' and c.state = 'pending' and c.due_at <= dialer_now()
    and not exists (select 1 from attempts t where t.number = c.number and t.state <> 'settled')
)`;

/** Somebody to connect it with: an agent who can take a call, or, where a flow talks, a leg that the account has left. */
export const calleeIsFree = `case when exists (select 1 from campaigns where mode = 'flow') then not exists (
  select 1 from accounts
  where max_concurrent_legs <= (select count(*) from attempts where state <> 'settled')
) else exists (
  select 1 from agents g
  where g.disabled_at is null
    and (g.paused_at is null or g.paused_until <= dialer_now())
    and (g.cooling_until is null or g.cooling_until <= dialer_now())
    and (g.wrap_up_until is null or g.wrap_up_until <= dialer_now())
    and not exists (select 1 from attempts t where t.agent_id = g.id and t.agent_held)
) end`;
