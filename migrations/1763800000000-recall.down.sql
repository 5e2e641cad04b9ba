drop trigger interactions_deleted_are_forgotten on interactions;
drop trigger interactions_changed_are_forgotten on interactions;
drop function forget_deleted, forget_changed, seal_recall_block;
drop table recall_blocks;
