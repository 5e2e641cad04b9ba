delete from message_ids where interaction_id is null;
alter table message_ids
  drop constraint message_ids_user_fkey,
  alter column interaction_id set not null;
