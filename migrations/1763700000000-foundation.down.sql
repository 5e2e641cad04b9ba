-- The role stays: other databases of the cluster may use it.
drop table changes, message_ids, interactions, sessions, refresh_tokens, revisions, users cascade;
drop type session_type, end_reason, interaction_status, modality, change_kind;
