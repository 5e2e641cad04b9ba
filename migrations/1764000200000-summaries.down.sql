-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes where kind in ('SUMMARY_CREATED', 'SUMMARY_UPDATED', 'SUMMARY_REVERTED');
drop table summaries cascade;
drop index sessions_undescribed_idx;
alter table sessions drop column context_summary_to cascade, drop column session_context_to cascade;
