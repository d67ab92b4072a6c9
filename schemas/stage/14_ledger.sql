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

-- Outcomes that whoever has no lease any more learnt. The next owner needs all of it; where nothing waits for it, it is
-- left in the form that the ledger keeps.
create or replace function stage.record_orphans(
  of_stage text, inputs uuid[], steps integer[], tenants uuid[], outcomes text[], settled_forms text[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.ledger as l (stage, input, step, tenant, outcome_at, outcome, settled)
    select
      of_stage, t.input, t.step, t.tenant, clock_timestamp(),
      case when w.waits then t.outcome::jsonb else t.settled::jsonb end,
      case when w.waits then t.settled::jsonb end
    from unnest(inputs, steps, tenants, outcomes, settled_forms) as t (input, step, tenant, outcome, settled)
    cross join lateral (
      select exists (select from stage.waiting as w where w.stage = of_stage and w.id = t.input) as waits
    ) as w
    on conflict (stage, input, step) do update
    set outcome_at = excluded.outcome_at, outcome = excluded.outcome, settled = excluded.settled
    where l.outcome is null;
end
$$;

-- Leaves of what orphans recorded, and nobody waits for any more, what the ledger keeps; returns how many.
create or replace function stage.settle_orphans() returns bigint
language sql
as $$
  with left_over as (
    select l.stage, l.input, l.step from stage.ledger as l
    where
      l.settled is not null
      and not exists (select from stage.waiting as w where w.stage = l.stage and w.id = l.input)
    for update skip locked
  ),
  done as (
    update stage.ledger as l set outcome = l.settled, settled = null
    from left_over as o where l.stage = o.stage and l.input = o.input and l.step = o.step
    returning l.input
  )
  select count(*) from done
$$;
