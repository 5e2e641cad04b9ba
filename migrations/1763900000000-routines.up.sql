-- What the files in routines/ have made, in the order of making, so that it can be replaced without touching
-- anything else of the schema; and a digest of those files.
create table routines (
  position integer primary key,
  kind text not null,
  identity text not null
);
create table routines_digest (digest text not null);

-- The first databases got them from migrations. Dropping a function drops its trigger.
do $$ begin
  if to_regtype('command_result') is not null then
    drop view session_model, interaction_model;
    drop type command_result, placement, tally cascade;
    drop function if exists
      log_change, merge_patch, is_too_large, moment, uuid_of, idle_at, is_fresh, close_session, active_session,
      close_active, create_session, continue_session, resume, is_abandoned, remember_message,
      apply_commands, changes_since, abandoned_sessions, users_with_old_sessions, as_user,
      forget_deleted, forget_changed, seal_recall_block cascade;
  end if;
end $$;
