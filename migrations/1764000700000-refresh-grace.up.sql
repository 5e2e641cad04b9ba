-- Which token this one was exchanged for: whether it was used decides how a second use of that one is taken.
alter table refresh_tokens add column predecessor_id uuid;
