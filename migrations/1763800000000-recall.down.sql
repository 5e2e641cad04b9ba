drop table recall_blocks;
