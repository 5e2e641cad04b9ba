-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes where kind in ('SHARE_CREATED', 'SHARE_ACCEPTED', 'SHARE_REVOKED');
drop table shares cascade;
drop type share_role cascade;
