-- Up Migration

alter table accounts
  -- since when so many callbacks are late or lost that looks tell of ends instead
  add column callbacks_poor_since timestamptz;
