-- Users whose devices the list of users does not show, and the length of calls to a flow.

alter table agents
  -- when Exotel was last asked for this agent's user alone, because its list of users shows no devices
  add column devices_asked_at timestamptz;

alter table requests drop constraint requests_kind_check;
alter table requests add constraint requests_kind_check
  check (kind in ('place', 'details', 'users', 'calls', 'active', 'numbers', 'devices', 'recordings', 'lengths'));
