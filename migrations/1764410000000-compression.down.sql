alter table interactions drop constraint interactions_compressed_check;
-- The triggers would take it for a change of what was said.
alter table interactions disable trigger user;
update interactions i
set question = c.texts #>> array[i.sequence::text, 'question'], answer = c.texts #>> array[i.sequence::text, 'answer'],
    error = c.texts #>> array[i.sequence::text, 'error'],
    context_used = c.texts #> array[i.sequence::text, 'context_used'],
    steps = coalesce(c.texts #> array[i.sequence::text, 'steps'], '[]'),
    metadata = coalesce(c.texts #> array[i.sequence::text, 'metadata'], '{}')
from compressed_interactions c
where c.user_id = i.user_id and c.up_to = i.compressed_in;
alter table interactions enable trigger user;
alter table interactions drop column compressed_in cascade;
drop table compressed_interactions cascade;
