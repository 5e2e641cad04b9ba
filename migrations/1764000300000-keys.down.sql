drop table service_keys, identities, link_codes cascade;
drop type key_scope cascade;
delete from users where application_id is not null;
alter table users
  drop constraint users_can_sign_in,
  drop column application_id,
  add constraint users_can_sign_in check (
    (email is not null and password_hash is not null) or (issuer is not null and subject is not null)
  );
