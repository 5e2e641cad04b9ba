-- Named starting points of sessions.

alter type change_kind add value if not exists 'TEMPLATE_CREATED';
alter type change_kind add value if not exists 'TEMPLATE_UPDATED';
alter type change_kind add value if not exists 'TEMPLATE_DELETED';

create table templates (
  user_id uuid not null constraint templates_user_fkey references users on delete cascade,
  id uuid not null,
  name text not null,
  type session_type not null,
  title text,
  tags text[] not null default '{}',
  system_note text,
  system_note_tokens integer not null default 0,
  state jsonb not null default '{}',
  metadata jsonb not null default '{}',
  token_limit integer,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (user_id, id),
  constraint templates_name_key unique (user_id, name)
);

grant select, insert, update, delete on templates to recollect_app;
alter table templates enable row level security;
create policy own_rows on templates
  using (coalesce(user_id::text = current_setting('recollect.user_id', true), false));
