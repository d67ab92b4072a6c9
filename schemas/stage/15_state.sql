create or replace function stage.save_state(of_stage text, keys text[], bodies bytea[]) returns void
language sql
set search_path = stage, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
  insert into stage.state (stage, key, value)
  select of_stage, t.* from unnest(keys, bodies) as t
  on conflict (stage, key) do update set value = excluded.value
$$;

create or replace function stage.states(of_stage text, keys text[]) returns table (key text, value bytea)
language sql stable
set search_path = stage, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$ select s.key, s.value from stage.state as s where s.stage = of_stage and s.key = any (keys) $$;
