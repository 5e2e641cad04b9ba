-- Up to this revision the user's changes are no longer kept: a client that has seen less cannot catch up by them.
alter table revisions add column kept_after bigint not null default 0;

-- What must not be stored again. Few rows are deletions, and recording others costs nothing more.
create index changes_deleted_idx on changes (user_id, interaction_id) where kind = 'INTERACTION_DELETED';
