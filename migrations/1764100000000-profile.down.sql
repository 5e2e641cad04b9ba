-- The kinds of changes stay: PostgreSQL cannot take a value from an enum.
delete from changes where kind::text in ('FACTS_LEARNT', 'FACT_ADDED', 'FACT_CORRECTED', 'FACT_PINNED', 'FACT_FORGOTTEN');
drop table understanding_levels, learning_progress, forgotten_facts, fact_sources, facts cascade;
drop type fact_category, fact_origin cascade;
