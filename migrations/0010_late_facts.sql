-- Users whose devices the list of users does not show.

alter table agents
  -- when Exotel was last asked for this agent's user alone, because its list of users shows no devices
  add column devices_asked_at timestamptz;
