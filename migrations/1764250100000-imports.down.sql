drop table import_chunks, imports cascade;
