create index answers_from_memory_idx on answers (user_id, interaction_id) where model = 'recall';

update deletion_receipts set rebuilt = rebuilt || '{"answers": 0}';
