-- The words are those of docs/architecture.md. What must always hold is carried here, by constraints and
-- unique indexes; the code only keeps out of their way.

-- One clock for every rule. Tests move the dialer's day by setting `shift`; leases and the limiter's requests
-- are read by the real clock (clock_timestamp()) because they speak of the wire, whose time nobody shifts.
create table clock (
  one boolean primary key default true check (one),
  shift interval not null default '0'
);
insert into clock default values;

create function dialer_now() returns timestamptz
  language sql stable
  as $$ select clock_timestamp() + shift from clock $$;

-- Keys that every process on one database must agree on, such as the one that signs callback addresses.
create table secrets (
  name text primary key,
  value text not null,
  created_at timestamptz not null default clock_timestamp()
);

create table accounts (
  id bigint generated always as identity primary key,
  name text not null unique,
  sid text not null,
  requests_per_minute integer not null default 198 check (requests_per_minute > 0),
  calls_per_minute integer check (calls_per_minute > 0),
  max_concurrent_legs integer check (max_concurrent_legs > 0),
  -- paused: nothing is placed for the account until someone resumes it
  paused_at timestamptz,
  paused_by text,
  paused_code text,
  paused_reason text,
  -- breaker: nothing but a probe is placed before this instant
  breaker_until timestamptz,
  breaker_reason text,
  breaker_openings integer not null default 0,
  throttled_until timestamptz,
  -- since when callbacks that should have come have not
  callbacks_missing_since timestamptz,
  -- up to where somebody has confirmed that this database is the right one, after it looked rewound
  confirmed_at timestamptz,
  confirmed_request_id bigint not null default 0,
  created_at timestamptz not null default dialer_now(),
  check ((paused_at is null) = (paused_reason is null)),
  check ((breaker_until is null) = (breaker_reason is null))
);

-- The one process that may speak to Exotel for an account. A takeover raises the epoch.
create table leases (
  account_id bigint primary key references accounts,
  epoch bigint not null default 0,
  owner text,
  taken_at timestamptz,
  expires_at timestamptz,
  check ((owner is null) = (expires_at is null))
);

-- Workers that are alive, so that accounts are spread over them.
create table workers (
  owner text primary key,
  seen_at timestamptz not null
);

create table campaigns (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  parent_id bigint references campaigns,
  name text not null unique,
  mode text not null check (mode in ('agents', 'connect', 'flow')),
  status text not null default 'draft'
    check (status in ('draft', 'scheduled', 'running', 'paused', 'completed', 'canceled')),
  definition jsonb not null,
  starts_at timestamptz,
  ends_at timestamptz,
  paused_by text,
  paused_code text,
  paused_reason text,
  created_at timestamptz not null default dialer_now(),
  started_at timestamptz,
  ended_at timestamptz,
  check (ends_at is null or starts_at is null or ends_at > starts_at),
  check ((status = 'paused') = (paused_reason is not null)),
  check ((status in ('completed', 'canceled')) = (ended_at is not null))
);
create index campaigns_unfinished on campaigns (account_id) where status in ('scheduled', 'running', 'paused');

create table imports (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns,
  state text not null default 'open' check (state in ('open', 'done', 'failed', 'undone')),
  file_name text not null,
  -- which columns hold what, where that was said for this list; null: as the campaign says
  mapping jsonb,
  sha256 text not null,
  size_bytes bigint not null,
  encoding text,
  delimiter text,
  header text[],
  accepted integer not null default 0,
  rejected integer not null default 0,
  duplicates integer not null default 0,
  error text,
  actor text not null,
  created_at timestamptz not null default dialer_now(),
  finished_at timestamptz,
  check ((state = 'open') = (finished_at is null)),
  check ((state = 'failed') = (error is not null))
);
create index imports_of_campaign on imports (campaign_id, sha256);

-- The file itself, until it is loaded: any worker on any machine can load it, and load it again after a crash.
-- Deferred: a long file is written before its import, whose row would hold the campaign's all the while.
create table import_parts (
  import_id bigint not null references imports on delete cascade deferrable initially deferred,
  part integer not null,
  bytes bytea not null,
  primary key (import_id, part)
);

create table import_rejects (
  import_id bigint not null references imports,
  row_number integer not null,
  code text not null,
  reason text not null,
  mend text not null,
  cells text[] not null,
  primary key (import_id, row_number)
);

-- One row of an import, not a number. `number` is the one to dial next, `numbers` are all of them in order.
create table contacts (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns,
  import_id bigint not null references imports,
  row_number integer not null,
  number text collate "C" not null check (number ~ '^\+[1-9][0-9]{5,14}$'),
  numbers text[] not null check (array_length(numbers, 1) >= 1),
  -- null where the list may keep duplicates
  dedupe_key text collate "C",
  name text,
  timezone text,
  timezone_source text check (timezone_source in ('column', 'number', 'campaign')),
  priority integer not null default 0,
  person_key text,
  call_at timestamptz,
  state text not null default 'pending' check (state in
    ('pending', 'dialing', 'finished', 'exhausted', 'suppressed', 'held', 'expired', 'canceled')),
  state_reason text,
  due_at timestamptz not null default '-infinity',
  cells text[] not null,
  unique (import_id, row_number),
  unique (campaign_id, dedupe_key)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0, vacuum_index_cleanup = on);
create index contacts_due on contacts (campaign_id, priority desc, due_at, id) where state = 'pending';
create index contacts_by_number on contacts (number);
create index contacts_dialing on contacts (campaign_id) where state = 'dialing';

create table agents (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  user_id text,
  contact_uri text,
  name text,
  paused_at timestamptz,
  paused_until timestamptz,
  paused_by text,
  paused_reason text,
  disabled_at timestamptz,
  disabled_code text,
  disabled_reason text,
  cooling_since timestamptz,
  cooling_until timestamptz,
  cooling_code text,
  cooling_streak integer not null default 0,
  wrap_up_until timestamptz,
  idle_since timestamptz not null default dialer_now(),
  -- what the account's users list last said
  device_state text check (device_state in ('available', 'busy', 'off', 'unverified', 'no_device')),
  device_seen_at timestamptz,
  created_at timestamptz not null default dialer_now(),
  unique (account_id, user_id),
  unique (account_id, contact_uri),
  check (user_id is not null or contact_uri is not null),
  check ((paused_at is null) = (paused_reason is null)),
  check ((disabled_at is null) = (disabled_reason is null))
);

create table campaign_agents (
  campaign_id bigint not null references campaigns,
  agent_id bigint not null references agents,
  primary key (campaign_id, agent_id)
);
create index campaign_agents_by_agent on campaign_agents (agent_id);

-- One decision to place a call, written before the request is sent. Its id travels to Exotel.
create table attempts (
  id uuid primary key,
  account_id bigint not null references accounts,
  campaign_id bigint not null references campaigns,
  contact_id bigint not null references contacts,
  agent_id bigint references agents,
  attempt_number integer not null check (attempt_number > 0),
  number text collate "C" not null,
  caller_id text not null,
  epoch bigint not null,
  state text not null check (state in ('placing', 'placed', 'unknown', 'settled')),
  agent_held boolean not null,
  outcome text check (outcome in (
    'connected', 'no_answer', 'busy', 'unreachable', 'do_not_disturb', 'rejected',
    'agent_no_answer', 'agent_canceled', 'agent_unreachable', 'agent_busy', 'agent_unavailable',
    'throttled', 'unsent', 'unknown')),
  -- against the contact's budget
  counts boolean not null default false,
  -- final by a status or code that our table does not list
  unlisted boolean not null default false,
  -- an agent's fault that says more of the contact than of the agent
  excused boolean not null default false,
  call_sid text,
  claimed_at timestamptz not null,
  placed_at timestamptz,
  agent_answered_at timestamptz,
  customer_answered_at timestamptz,
  ended_at timestamptz,
  settled_at timestamptz,
  settled_by text check (settled_by in ('answer', 'callback', 'poll', 'deadline')),
  agent_free_at timestamptz not null,
  deadline_at timestamptz not null,
  provider_status text,
  agent_leg_status text,
  customer_leg_status text,
  error_code text,
  error_text text,
  talk_seconds integer check (talk_seconds >= 0),
  recording_url text,
  details jsonb,
  next_poll_at timestamptz,
  polls integer not null default 0,
  polled_at timestamptz,
  first_callback_at timestamptz,
  unique (contact_id, attempt_number),
  check ((state = 'settled') = (outcome is not null)),
  check ((state = 'settled') = (settled_at is not null)),
  check ((state = 'settled') = (settled_by is not null)),
  check (state <> 'placed' or call_sid is not null),
  check (not agent_held or (state <> 'settled' and agent_id is not null))
) with (fillfactor = 80);

-- Never twice: one live attempt for a contact, for a number in its account, and for an agent.
create unique index one_live_attempt_of_contact on attempts (contact_id) where state <> 'settled';
create unique index one_live_attempt_to_number on attempts (account_id, number) where state <> 'settled';
create unique index one_live_attempt_with_agent on attempts (agent_id) where agent_held;
create unique index one_attempt_of_call on attempts (account_id, call_sid) where call_sid is not null;
create index attempts_live on attempts (account_id) where state <> 'settled';
create index attempts_of_campaign on attempts (campaign_id, claimed_at);
create index attempts_of_agent on attempts (agent_id, claimed_at desc);
create index attempts_settled on attempts (account_id, settled_at desc) where state = 'settled';

-- An outcome is final, with one exception: `unknown` may become known, once. A settled attempt stays settled.
create function guard_attempt() returns trigger language plpgsql as $$
begin
  if old.outcome is not null and old.outcome <> 'unknown' and new.outcome is distinct from old.outcome then
    raise exception 'attempt % already ended as %, it cannot become %', old.id, old.outcome, new.outcome
      using errcode = 'integrity_constraint_violation';
  end if;
  if old.call_sid is not null and new.call_sid is distinct from old.call_sid then
    raise exception 'attempt % already has call %', old.id, old.call_sid
      using errcode = 'integrity_constraint_violation';
  end if;
  if old.state = 'settled' and new.state <> 'settled' then
    raise exception 'attempt % is settled', old.id using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger guard_attempt before update on attempts for each row execute function guard_attempt();

-- Every request to Exotel, committed before it is sent: what the limiter of a new owner starts from.
create table requests (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  epoch bigint not null,
  kind text not null check (kind in ('place', 'details', 'users')),
  attempt_id uuid references attempts,
  created_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  result text check (result in ('ok', 'refused', 'throttled', 'unsent', 'unknown', 'failed', 'abandoned')),
  http_status integer,
  error_code text,
  check ((answered_at is null) = (result is null))
);
create index requests_recent on requests (account_id, created_at);
create index requests_unanswered on requests (account_id) where answered_at is null;
create index requests_of_attempt on requests (attempt_id) where attempt_id is not null;

-- What Exotel posted to us, as it came.
create table callbacks (
  id bigint generated always as identity primary key,
  account_id bigint not null,
  attempt_id uuid not null,
  received_at timestamptz not null default dialer_now(),
  issued_at timestamptz not null,
  content_type text,
  query text,
  body bytea not null,
  state text not null default 'received'
    check (state in ('received', 'settled', 'noted', 'contradicts', 'unmatched', 'malformed')),
  note text,
  processed_at timestamptz,
  check ((state = 'received') = (processed_at is null))
);
create index callbacks_waiting on callbacks (id) where state = 'received';
create index callbacks_of_attempt on callbacks (attempt_id);

create table suppressions (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  campaign_id bigint references campaigns,
  number text collate "C" not null,
  source text not null,
  reason text,
  actor text not null,
  created_at timestamptz not null default dialer_now(),
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index suppressions_in_force on suppressions (account_id, number, coalesce(campaign_id, 0))
  where removed_at is null;

create table dispositions (
  id bigint generated always as identity primary key,
  contact_id bigint not null references contacts,
  attempt_id uuid references attempts,
  code text not null,
  call_at timestamptz,
  note text,
  actor text not null,
  created_at timestamptz not null default dialer_now()
);
create index dispositions_of_contact on dispositions (contact_id, created_at);

-- Who did what. Nothing is ever changed or taken out here.
create table trail (
  id bigint generated always as identity primary key,
  at timestamptz not null default dialer_now(),
  actor text not null,
  what text not null,
  account_id bigint references accounts,
  campaign_id bigint references campaigns,
  contact_id bigint references contacts,
  agent_id bigint references agents,
  attempt_id uuid references attempts,
  old jsonb,
  new jsonb
);
create index trail_of_campaign on trail (campaign_id, id) where campaign_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger only_added before update or delete or truncate on trail
  for each statement execute function refuse_change();
