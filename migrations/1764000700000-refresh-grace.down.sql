alter table refresh_tokens drop column predecessor_id;
