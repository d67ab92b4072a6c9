-- Makes the rest of this transaction a reader of one projection's live build for one tenant. Returns the
-- build's schema; refused with PL004 when no build is live.
create or replace function projection.enter(of_name text, of_tenant uuid) returns text
language plpgsql
as $$
declare
  live_schema text;
begin
  select v.schema into live_schema from projection.version as v where v.name = of_name and v.state = 'live';
  if live_schema is null then
    raise exception 'no build of % is live', of_name using errcode = 'PL004';
  end if;
  perform
    set_config('aigentable.tenant', of_tenant::text, true),
    set_config('search_path', format('%I', live_schema), true),
    -- Readers' statements find few rows by an index: planning each anew would take longer than running it.
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('role', 'aigentable_reader', true);
  return live_schema;
end
$$;
