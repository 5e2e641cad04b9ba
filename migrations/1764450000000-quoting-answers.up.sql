-- The turns that an answer from memory alone quotes: found by them when one is deleted.
alter table answers add column quoted uuid[] not null default '{}';

update answers a
set quoted = array(
  select found[1]::uuid
  from regexp_matches(
    coalesce(a.answer, i.answer),
    '^>\n> \([^\n]*; ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)$', 'gn') found)
from interactions i
where i.user_id = a.user_id and i.id = a.interaction_id and a.model = 'recall';

create index answers_quoting_idx on answers (user_id, interaction_id) where quoted <> '{}';

update deletion_receipts set rebuilt = rebuilt || '{"answers": 0}';
