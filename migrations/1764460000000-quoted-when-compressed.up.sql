-- What an answer from memory says that stands and was compressed already is not in its row.
update answers a
set quoted = array(
  select found[1]::uuid
  from regexp_matches(
    c.texts #>> array[i.sequence::text, 'answer'],
    '^>\n> \([^\n]*; ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)$', 'gn') found)
from interactions i
join compressed_interactions c on c.user_id = i.user_id and c.up_to = i.compressed_in
where i.user_id = a.user_id and i.id = a.interaction_id and a.status is null and a.model = 'recall';
