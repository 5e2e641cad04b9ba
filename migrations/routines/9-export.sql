-- Nobody has signed in: the digest alone says whose export it is.
create function claim_export_ticket(ticket_digest bytea) returns table (user_id uuid, request jsonb)
language sql volatile security definer set search_path = public, pg_temp as $$
  with claimed as (delete from export_tickets t where t.digest = ticket_digest returning t.*)
  select c.user_id, c.request from claimed c where c.expires_at > now()
$$;

revoke execute on function claim_export_ticket from public;
grant execute on function claim_export_ticket to recollect_app;
