-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes
where kind::text in ('BACKUP_REQUESTED', 'BACKUP_COMPLETED', 'BACKUP_FAILED', 'BACKUP_DELETED');
drop table backup_erasures, backups, backup_schedules cascade;
drop type backup_frequency, backup_status cascade;
