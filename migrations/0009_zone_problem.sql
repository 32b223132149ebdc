-- That the account's naive times do not fit the zone they are read in, in words; null while they do.
alter table accounts add column zone_problem text, add column zone_problem_at timestamptz;
