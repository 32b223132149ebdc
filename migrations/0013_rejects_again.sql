-- Up Migration

alter table import_rejects
  -- the later list with which the row came in again, corrected or not
  add column again_in bigint references imports on delete set null;

alter table imports
  -- of the rows that were rejected, those that came in again with a later list
  add column came_again integer not null default 0;
