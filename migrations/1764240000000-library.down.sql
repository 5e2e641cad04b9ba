alter table sessions
  drop column archived_at cascade, drop column title_from cascade, drop column title_removed cascade,
  drop column title_key cascade, drop column settled_activity_at cascade, drop column settled_duration_ms cascade,
  drop column settled_message_count cascade;
