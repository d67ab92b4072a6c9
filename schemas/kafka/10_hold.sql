-- Takes the relay's lock for this session. The key is the bytes of 'outbox', in the space of single keys, which the
-- embedded log's pairs of keys do not share.
create or replace function kafka.hold() returns boolean
language sql
set search_path = pg_catalog
begin atomic
  select pg_try_advisory_lock(122550254464888);
end;
