drop index answers_quoting_idx;
create index answers_from_memory_idx on answers (user_id, interaction_id) where model = 'recall';

alter table answers drop column quoted;
