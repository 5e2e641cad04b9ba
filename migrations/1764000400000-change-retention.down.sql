drop index changes_deleted_idx;
alter table revisions drop column kept_after;
