create function update_user(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  update users u
  set display_name = case when c ? 'displayName' then c ->> 'displayName' else u.display_name end,
      time_zone = coalesce(c ->> 'timeZone', u.time_zone),
      idle_timeout_seconds = case when c ? 'idleTimeoutSeconds'
        then (c ->> 'idleTimeoutSeconds')::integer else u.idle_timeout_seconds end
  where u.id = owner;
  return done(log_change(owner, 'USER_UPDATED', null, null, r), null, null);
end $$;
