-- What came of a list beside the rows that were taken: cells that hold no number in rows that have another one, rows
-- that filled up an earlier one, and earlier contacts that a row of this list took the place of.
alter table imports
  add column bad_numbers integer not null default 0,
  add column merged integer not null default 0,
  add column replaced integer not null default 0,
  -- the zones of its contacts, so that a claim need not look for them among millions: '' is that of the campaign
  add column timezones text[] not null default '{}';

update imports i set timezones = coalesce(
  (select array_agg(distinct coalesce(c.timezone, '')) from contacts c where c.import_id = i.id), '{}');

-- Contacts whose zone is closed must not stand in the way of those whose zone is open, so each zone is a stretch of
-- the index of its own.
drop index contacts_due;
create index contacts_due on contacts (campaign_id, priority desc, coalesce(timezone, ''), due_at, id)
  where state = 'pending';
