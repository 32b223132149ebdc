-- Voice v1: calls that are looked up by a list of many, whose legs decide, and unknown ones that are searched for.

alter table requests drop constraint requests_kind_check;
alter table requests add constraint requests_kind_check
  check (kind in ('place', 'details', 'users', 'calls', 'active', 'numbers', 'devices', 'recordings'));

alter table attempts
  -- a source told that the call is over, but not which leg ended it: a look at its legs is due
  add column over_at timestamptz,
  -- looks at a call that is over which still told no legs
  add column looks_without_legs integer not null default 0,
  -- searches of the call list for the call of an unknown attempt
  add column searches integer not null default 0,
  add column next_search_at timestamptz,
  -- looks, after the end, for a recording or a talk time that did not come with it
  add column late_looks integer not null default 0,
  add column next_late_look_at timestamptz;
create index attempts_late_looks on attempts (account_id, next_late_look_at) where next_late_look_at is not null;
