-- An attempt that closed as unknown may become known. Once it has a SID its call is looked at now and then, for most of
-- a day; without one, v1's list is still searched for it for some hours.
alter table attempts
  -- looks at the call since the attempt closed
  add column closed_looks integer not null default 0,
  add column next_closed_look_at timestamptz;
create index attempts_closed_looks on attempts (account_id, next_closed_look_at)
  where next_closed_look_at is not null;
create index attempts_closed_unknown on attempts (account_id, settled_at)
  where outcome = 'unknown' and call_sid is null;

update attempts set next_closed_look_at = dialer_now()
where outcome = 'unknown' and call_sid is not null and settled_at > dialer_now() - interval '1 day';
