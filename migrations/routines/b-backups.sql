-- Without a frequency the schedule ends; what was kept stays. A new one is due at once.
create function set_backup_schedule(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  if not c ? 'frequency' then
    delete from backup_schedules s where s.user_id = owner;
  else
    insert into backup_schedules as s (user_id, frequency, keep, next_at)
    values (owner, (c ->> 'frequency')::backup_frequency, (c ->> 'keep')::integer, now())
    on conflict (user_id) do update
    set frequency = excluded.frequency, keep = excluded.keep,
        next_at = case when s.frequency = excluded.frequency then s.next_at else excluded.next_at end;
  end if;
  return done(log_change(owner, 'USER_UPDATED', null, null, r), null, null);
end $$;

-- With `slot`, the one that is due then: whoever comes second finds the schedule moved on, and changes nothing.
create function request_backup(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  due timestamptz := (c ->> 'slot')::timestamptz;
begin
  if due is not null then
    update backup_schedules s
    set next_at = s.next_at + period * greatest(1, ceil(extract(epoch from now() - s.next_at) / extract(epoch from period)))
    from (values ('DAILY', interval '1 day'), ('WEEKLY', interval '7 days')) f (frequency, period)
    where s.user_id = owner and s.next_at = due and due <= now() and f.frequency = s.frequency::text;
    if not found then return done(r, null, null); end if;
  elsif (
    select count(*) from backups b where b.user_id = owner and b.slot is null
  ) >= (c ->> 'most')::integer then
    return refuse(r, 'CONFLICT', format('There are %s backups that were asked for: delete one first.', c ->> 'most'));
  end if;
  insert into backups (user_id, id, slot, file) values (owner, uuid_of(c, 'id'), due, c ->> 'file');
  return done(log_change(owner, 'BACKUP_REQUESTED', null, null, r), null, null);
end $$;

-- Of scheduled ones the newest `keep` stay.
create function complete_backup(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
declare
  old uuid;
begin
  update backups b
  set status = 'COMPLETED', bytes = (c ->> 'bytes')::bigint, sha256 = decode(c ->> 'sha256', 'hex'), error = null,
      completed_at = clock_timestamp()
  where b.user_id = owner and b.id = uuid_of(c, 'id') and b.status <> 'COMPLETED';
  if not found then return refuse(r, 'NOT_FOUND', 'Backup'); end if;
  r := log_change(owner, 'BACKUP_COMPLETED', null, null, r);
  for old in
    select b.id from backups b
    where b.user_id = owner and b.slot is not null and b.status = 'COMPLETED'
    order by b.slot desc
    offset coalesce((select s.keep from backup_schedules s where s.user_id = owner), 2147483647)
  loop
    delete from backups b where b.user_id = owner and b.id = old;
    r := log_change(owner, 'BACKUP_DELETED', null, null, r);
  end loop;
  return done(r, null, null);
end $$;

-- It is tried again; each failure is told once.
create function fail_backup(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  update backups b set status = 'FAILED', error = c ->> 'error'
  where b.user_id = owner and b.id = uuid_of(c, 'id') and b.status <> 'COMPLETED'
    and (b.status, b.error) is distinct from ('FAILED', c ->> 'error');
  if not found then return done(r, null, null); end if;
  return done(log_change(owner, 'BACKUP_FAILED', null, null, r), null, null);
end $$;

create function delete_backup(owner uuid, c jsonb, r bigint) returns command_result language plpgsql as $$
begin
  delete from backups b where b.user_id = owner and b.id = uuid_of(c, 'id');
  if not found then return refuse(r, 'NOT_FOUND', 'Backup'); end if;
  return done(log_change(owner, 'BACKUP_DELETED', null, null, r), null, null);
end $$;

-- However a backup goes, with its user too, its file is to go: the transaction that deletes the row says so. Writing takes
-- less than the hour for which the file of an unfinished one is erased again and again.
create function erase_backup_file() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into backup_erasures (file, until)
  values (old.file, now() + case old.status when 'COMPLETED' then interval '0' else interval '1 hour' end)
  on conflict (file) do nothing;
  return null;
end $$;

create trigger deleted_backups_are_erased after delete on backups
  for each row execute function erase_backup_file();

create view backup_model with (security_invoker = true) as
select
  user_id as "userId", id, status, slot is not null as scheduled, file, bytes, encode(sha256, 'hex') as sha256, error,
  created_at as "createdAt", completed_at as "completedAt"
from backups;

create view backup_schedule_model with (security_invoker = true) as
select user_id as "userId", frequency, keep, next_at as "nextAt" from backup_schedules;

grant select on backup_model, backup_schedule_model to recollect_app;
