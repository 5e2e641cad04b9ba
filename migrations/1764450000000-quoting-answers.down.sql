update deletion_receipts set rebuilt = rebuilt - 'answers';

alter table answers drop column quoted;
