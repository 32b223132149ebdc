-- What people say of a contact. While a call to it is under way a disposition waits: applied_at is null until that
-- call has settled. moved_to is the state that it gave the contact; null where it moved nothing.
alter table dispositions
  add column number text collate "C" not null,
  add column applied_at timestamptz,
  add column moved_to text check (moved_to in ('pending', 'finished', 'suppressed')),
  add check (moved_to is null or applied_at is not null);
create index dispositions_waiting on dispositions (contact_id) where applied_at is null;
create index dispositions_by_number on dispositions (number);

-- A contact is looked up by any of its numbers; those with one alone are found by contacts_by_number and cost nothing
-- here. Without fastupdate: a claim would now and then have to clear its list.
create index contacts_by_other_numbers on contacts using gin (numbers) with (fastupdate = off)
  where cardinality(numbers) > 1;

-- A report that is made beside the dialling and fetched later. Its file is the parts of one run: a run that was killed
-- leaves parts that nobody reads, and the next one starts anew.
create table exports (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns,
  format text not null check (format in ('json', 'jsonl', 'csv', 'xlsx', 'html')),
  -- what else was asked for: attempts, spreadsheet, since, until
  options jsonb not null,
  state text not null default 'open' check (state in ('open', 'done', 'failed')),
  run uuid,
  size_bytes bigint,
  -- in words, such as 1000 contacts
  contents text,
  error text,
  actor text not null,
  created_at timestamptz not null default dialer_now(),
  finished_at timestamptz,
  -- by the real clock, as the job that deletes it
  expires_at timestamptz not null default clock_timestamp() + interval '7 days',
  check ((state = 'open') = (finished_at is null)),
  check ((state = 'done') = (run is not null)),
  check ((state = 'done') = (size_bytes is not null)),
  check ((state = 'failed') = (error is not null))
);
create index exports_of_campaign on exports (campaign_id);

create table export_parts (
  export_id bigint not null references exports on delete cascade,
  run uuid not null,
  part integer not null,
  bytes bytea not null,
  primary key (export_id, run, part)
);
