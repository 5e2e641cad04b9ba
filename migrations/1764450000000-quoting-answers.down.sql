update deletion_receipts set rebuilt = rebuilt - 'answers';

drop index answers_from_memory_idx;
