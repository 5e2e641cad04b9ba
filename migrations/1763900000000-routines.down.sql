do $$
declare
  routine routines;
begin
  for routine in select * from routines order by position desc loop
    execute format('drop %s if exists %s cascade', routine.kind, routine.identity);
  end loop;
end $$;
drop table routines, routines_digest;
