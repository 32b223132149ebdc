-- What Exotel's applets told of calls that came in, or of keys that were pressed in a flow, as it came.
create table incoming_calls (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  -- which of our addresses was called, and so in which applet it stands
  purpose text not null check (purpose in ('passthru', 'connect', 'opt_out', 'agent_event')),
  received_at timestamptz not null default dialer_now(),
  content_type text,
  query text not null,
  body bytea not null,
  -- what was read from it
  call_sid text,
  direction text,
  from_given text,
  to_given text,
  digits text,
  -- the customer's; null until it was acted on, and where it cannot be read
  number text collate "C" check (number ~ '^\+[1-9][0-9]{5,14}$'),
  -- whom Connect was told to ring, and by whose settings. Without a reference: two rows of one agent may become one.
  agent_id bigint,
  campaign_id bigint references campaigns,
  state text not null default 'received' check (state in ('received', 'done', 'malformed')),
  note text,
  processed_at timestamptz,
  check ((state = 'received') = (processed_at is null))
);
-- The same told twice is told once. A Connect applet that asks again wants the next agent, so it is not among these.
create unique index incoming_calls_told_once on incoming_calls (account_id, purpose, call_sid, coalesce(digits, ''))
  where purpose in ('passthru', 'opt_out') and call_sid is not null;
create index incoming_calls_waiting on incoming_calls (id) where state = 'received';
create index incoming_calls_odd on incoming_calls (id) where state = 'malformed';
create index incoming_calls_connected on incoming_calls (account_id, call_sid) where purpose = 'connect';

-- An agent whom an incoming call rings, or has: no call of ours is placed with them until then.
alter table agents
  add column reserved_until timestamptz,
  -- the call SID of that call
  add column reserved_for text,
  add check ((reserved_until is null) = (reserved_for is null));

-- Who spoke with a number last, and of which campaign it was: asked while a caller waits.
create index attempts_to_number on attempts (account_id, number, claimed_at desc);
