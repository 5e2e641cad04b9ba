-- The role stays: other databases of the cluster may use it.
drop view session_model, interaction_model;
drop function
  refuse, done, log_change, merge_patch, is_too_large, moment, uuid_of, idle_at, is_fresh, close_session,
  active_session, close_active, create_session, place, continue_session, resume, start_session,
  get_or_create_session, update_session, update_session_state, end_session, end_sessions, is_abandoned,
  sweep_session, resume_session, clear_messages, delete_session, delete_old_sessions, tally_of, difference,
  account, retried, session_for, insert_interaction, record_interaction, amend, finish_interaction,
  update_interaction, retried_message, remember_message, add_message, delete_interaction, update_user,
  run_command, apply_commands, changes_since, abandoned_sessions, users_with_old_sessions;
drop table changes, message_ids, interactions, sessions, refresh_tokens, revisions, users cascade;
drop function as_user;
drop type command_result, placement, tally;
drop type session_type, end_reason, interaction_status, modality, change_kind;
