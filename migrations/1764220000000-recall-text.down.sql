truncate recall_blocks;
alter table recall_blocks drop column postings cascade, drop column version;
alter table recall_blocks add column postings jsonb;
alter table recall_blocks alter postings set storage external;
