create or replace function stage.save_state(of_stage text, keys text[], bodies bytea[]) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.state (stage, key, value)
    select of_stage, t.* from unnest(keys, bodies) as t
    on conflict (stage, key) do update set value = excluded.value;
end
$$;

create or replace function stage.states(of_stage text, keys text[]) returns table (key text, value bytea)
language sql stable
as $$
  select s.key, s.value from stage.state as s where s.stage = of_stage and s.key = any (keys)
$$;
