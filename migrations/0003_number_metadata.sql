-- What a command wants from Exotel, handed to whoever owns the account: the limit holds for it as for everything else.
-- An errand is gone once its answer was fetched, and one that nobody took up in time is never begun.
create table errands (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  kind text not null check (kind in ('sync_agents', 'agent_devices')),
  payload jsonb not null,
  actor text not null,
  state text not null default 'asked' check (state in ('asked', 'taken', 'done', 'failed')),
  -- the term of ownership that took it: a later one takes it up anew
  epoch bigint,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  -- as json: its fields are printed in the order in which they were written
  result json,
  error text,
  check ((state in ('taken', 'done', 'failed')) = (epoch is not null)),
  check ((state in ('done', 'failed')) = (finished_at is not null)),
  check ((state = 'failed') = (error is not null))
);
create index errands_open on errands (account_id) where state in ('asked', 'taken');

-- Two rows that turn out to be one person become one; the trail keeps the number of the row that went.
alter table trail drop constraint trail_agent_id_fkey;

-- What Exotel's number metadata last said. Of a number, whoever asked: it is the same for all campaigns.
create table number_metadata (
  number text collate "C" primary key,
  -- 'unavailable': Exotel says so, has no answer for the number, or knows nothing of its country
  dnd text not null check (dnd in ('yes', 'no', 'unavailable')),
  circle text,
  operator text,
  type text,
  seen_at timestamptz not null
);

-- Contacts that a scrub held because nothing is known of their number. One that is in the line again was released by
-- a person, who has decided to call it.
create table scrub_holds (
  contact_id bigint primary key references contacts,
  held_at timestamptz not null default dialer_now()
);

-- Why an account's scrubs do not get on; null while they do.
alter table accounts add column scrub_problem text, add column scrub_problem_at timestamptz;
