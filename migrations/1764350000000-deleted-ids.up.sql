-- Without an interaction an id stands for what has been deleted: of users, because no interaction leads to them.
alter table message_ids
  alter column interaction_id drop not null,
  add constraint message_ids_user_fkey foreign key (user_id) references users on delete cascade;
