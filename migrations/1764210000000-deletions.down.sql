drop table deletion_receipts cascade;
drop type deletion_kind cascade;
