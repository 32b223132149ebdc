-- Up Migration

alter table import_rejects
  -- the later list with which the row came in again, corrected or not
  add column again_in bigint references imports on delete set null;
