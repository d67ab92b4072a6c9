-- Makes the rest of this transaction a reader of one projection's live build for one tenant. Returns the
-- build's schema; null when no build is live.
create or replace function projection.enter(of_name text, of_tenant uuid) returns text
language plpgsql
as $$
declare
  live_schema text;
begin
  select v.schema into live_schema from projection.version as v where v.name = of_name and v.state = 'live';
  if live_schema is null then return null; end if;
  perform
    set_config('aigentable.tenant', of_tenant::text, true),
    set_config('search_path', format('%I', live_schema), true),
    set_config('role', 'aigentable_reader', true);
  return live_schema;
end
$$;
