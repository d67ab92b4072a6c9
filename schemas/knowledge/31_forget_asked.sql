-- When a question was kept; what an earlier release kept counts from its upgrade.
alter table knowledge.asked add column if not exists kept_at timestamptz not null default now();

create index if not exists asked_age on knowledge.asked (tenant, kept_at);

-- Lets go of vectors of questions that were kept more than `days` ago, and of the oldest of each tenant that has more than
-- `most`. Returns how many.
create or replace function knowledge.forget_asked(days integer, most integer) returns bigint
language sql
as $$
  with bound as (
    select
      t.tenant,
      greatest(
        clock_timestamp() - make_interval(days => days),
        (
          select a.kept_at from knowledge.asked as a where a.tenant = t.tenant
          order by a.kept_at desc offset most limit 1
        )
      ) as kept_at
    from (select distinct a.tenant from knowledge.asked as a) as t
  ),
  gone as (
    delete from knowledge.asked as a using bound as b
    where a.tenant = b.tenant and a.kept_at <= b.kept_at
    returning 1
  )
  select count(*) from gone
$$;
