create or replace function stage.save_state(of_stage text, keys text[], bodies bytea[]) returns void
language sql
set search_path = stage, pg_catalog
as $$
  insert into stage.state (stage, key, value)
  select of_stage, t.* from unnest(keys, bodies) as t
  on conflict (stage, key) do update set value = excluded.value
$$;
