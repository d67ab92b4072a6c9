-- Parked inputs get another try, in their old place, at once: see 10_lease.sql for the date.
create or replace function stage.retry_parked(of_tenant uuid, of_id uuid) returns integer
language sql
as $$
  with changed as (
    update stage.waiting
    set parked_reason = null, parked_at = null, attempt = 0, intent_at = null, due_at = 'epoch'
    where id = of_id and tenant = of_tenant and parked_reason is not null
    returning 1
  )
  select count(*)::integer from changed
$$;

-- A parked input is given up: what waited behind it goes on.
create or replace function stage.waive_parked(of_tenant uuid, of_id uuid) returns integer
language sql
as $$
  with gone as (
    delete from stage.waiting
    where id = of_id and tenant = of_tenant and parked_reason is not null
    returning stage, partition, key, "offset"
  ),
  next as (
    update stage.waiting as w set due_at = 'epoch'
    from gone as g
    where
      w.stage = g.stage and w.partition = g.partition and w.key = g.key
      and w."offset" = (
        select min(b."offset") from stage.waiting as b
        where
          b.stage = g.stage and b.partition = g.partition and b.key = g.key
          and b."offset" <> g."offset" and not b.is_alone
      )
    returning 1
  )
  select count(*)::integer from gone
$$;

-- What is parked, oldest first.
create or replace view stage.parked as
select stage, id, type, tenant, key, parked_at, parked_reason
from stage.waiting
where parked_reason is not null
order by parked_at;
