-- Processes keep what they have read of a user's index: a version tells which of the blocks they have. Words are one text
-- that is searched where it is kept, instead of a document that PostgreSQL takes apart for each question. All blocks are
-- made anew from the log, by the next question of their user.
truncate recall_blocks;
-- With the triggers that name it; routines/ makes them again.
alter table recall_blocks drop column postings cascade;
alter table recall_blocks
  add column postings text,  -- a line for each word, in their order: the word, a tab, turns and counts
  add column version uuid not null;
alter table recall_blocks alter postings set storage external;
