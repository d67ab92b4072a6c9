-- Whether this session has had the lock all the time: a session that was made anew has not, and the database may
-- have been restored in between.
create or replace function kafka.holds() returns boolean
language sql
set search_path = pg_catalog
begin atomic
  select exists (
    select from pg_locks as l
    where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.granted and l.objsubid = 1
      and (l.classid::bigint << 32 | l.objid::bigint) = 122550254464888
  );
end;
