-- Moves the pointer to a build, whose predecessor is kept, retired, until the next rebuild. Fails unless
-- `of_epoch` still holds the build; whoever moved the predecessor on is fenced off.
create or replace function projection.promote(of_schema text, of_epoch bigint) returns void
language plpgsql
as $$
declare
  of_name text;
begin
  -- Flushes what the build wrote with asynchronous commits before this is acknowledged.
  perform set_config('synchronous_commit', 'on', true);
  perform projection.fence(of_schema, of_epoch);
  select v.name into of_name from projection.version as v where v.schema = of_schema;
  update projection.lease as l set owner = null, epoch = l.epoch + 1, expires_at = '-infinity'
  from projection.version as v
  where v.name = of_name and v.state = 'live' and v.schema <> of_schema and l.schema = v.schema;
  update projection.version as v set state = 'retired'
  where v.name = of_name and v.state = 'live' and v.schema <> of_schema;
  update projection.version as v set state = 'live' where v.schema = of_schema;
end
$$;
