drop table session_ancestors cascade;
alter table sessions
  drop column parent_session_id cascade, drop column fork_sequence cascade, drop column tree_id cascade;
