drop table interaction_authors cascade;
