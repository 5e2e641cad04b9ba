drop table if exists interaction_embeddings;
drop table embedding_progress;
