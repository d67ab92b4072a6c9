create or replace function stage.intend(
  of_stage text, inputs uuid[], steps integer[], tenants uuid[], at timestamptz
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.ledger (stage, input, step, tenant, intent_at)
    select of_stage, t.*, at from unnest(inputs, steps, tenants) as t
    on conflict do nothing;
end
$$;

-- Outcomes, by whoever learns them; the first one recorded stands.
create or replace function stage.record_outcomes(
  of_stage text, inputs uuid[], steps integer[], tenants uuid[], outcomes text[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.ledger as l (stage, input, step, tenant, outcome_at, outcome)
    select of_stage, t.input, t.step, t.tenant, clock_timestamp(), t.outcome::jsonb
    from unnest(inputs, steps, tenants, outcomes) as t (input, step, tenant, outcome)
    on conflict (stage, input, step) do update
    set outcome_at = excluded.outcome_at, outcome = excluded.outcome
    where l.outcome is null;
end
$$;

create or replace function stage.outcomes(
  of_stage text, inputs uuid[], steps integer[]
) returns table (input uuid, outcome text)
language sql stable
as $$
  select l.input, l.outcome::text
  from unnest(inputs, steps) as t (input, step)
  join stage.ledger as l on l.stage = of_stage and l.input = t.input and l.step = t.step
  where l.outcome is not null
$$;
