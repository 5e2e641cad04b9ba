alter table sessions drop column privacy cascade;
drop type session_privacy cascade;
