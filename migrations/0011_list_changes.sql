-- What a list did to contacts of earlier lists, so that undoing it takes that back, too.
create table list_changes (
  -- the list that did it
  import_id bigint not null references imports on delete cascade,
  -- whom it was done to
  contact_id bigint not null references contacts on delete cascade,
  kind text not null check (kind in ('replaced', 'merged')),
  -- replaced: the key that the contact gave up
  dedupe_key text collate "C",
  -- merged: the contact as it was before, and what the row brought under the contact's own columns
  before jsonb,
  added jsonb,
  primary key (contact_id, import_id),
  check ((kind = 'replaced') = (dedupe_key is not null)),
  check ((kind = 'merged') = (before is not null and added is not null))
);
create index list_changes_of_import on list_changes (import_id);

-- How far the loading of an open import has come, written on a connection of its own: what loads commits only at its end.
-- It does not refer to the import, whose row is held until then. Unlogged: nobody misses it after a crash.
create unlogged table import_progress (
  import_id bigint primary key,
  -- the bytes of its file that were read, of all that will be: some lists are read twice
  bytes_read bigint not null,
  bytes_total bigint not null
);
