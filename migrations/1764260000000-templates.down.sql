-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes where kind::text in ('TEMPLATE_CREATED', 'TEMPLATE_UPDATED', 'TEMPLATE_DELETED');
drop table templates cascade;
