drop table cleared_histories cascade;
