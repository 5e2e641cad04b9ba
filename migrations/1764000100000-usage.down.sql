drop table token_usage;
drop type usage_kind;
