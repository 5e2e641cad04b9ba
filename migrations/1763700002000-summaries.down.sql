-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes where kind in ('SUMMARY_CREATED', 'SUMMARY_UPDATED', 'SUMMARY_REVERTED', 'SUMMARY_DELETED');
drop view summary_model;
drop function
  is_heavy, message_count, cover, store_summary, revert_summary, pin_summary, forget_summaries,
  describe_session, settle_session, touch_session, sessions_to_summarize;
drop table summaries;
alter table sessions
  drop column covered_messages, drop column covered_tokens, drop column summary_due,
  drop column context_summary_to, drop column session_context_to;
