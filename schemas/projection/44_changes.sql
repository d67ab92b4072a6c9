-- The table `changed`, which lasts as long as the transaction: what is found to differ is added to it.
create or replace function projection.begin_changes() returns void
language plpgsql
as $$
begin
  if to_regclass('pg_temp.changed') is null then
    create temporary table changed (
      name text not null,
      tenant uuid,
      day date,
      left_rows bigint not null,
      right_rows bigint not null,
      differences bigint not null,
      sums jsonb not null,
      unique nulls not distinct (name, tenant, day)
    ) on commit drop;
  end if;
end
$$;

-- The query that adds what a table of two builds says differently, from behind `$1` up to `$2` (`projection.key_range`), to
-- the table `changed`: by tenant and day, how many of its rows differ or are missing on one side, and for
-- each column of numbers that either has the two sums, as `{"column": [left, right]}`. The day of a row is its `day date`,
-- or else the UTC day of its first `timestamptz` that both builds have; a table with neither has one row a tenant.
create or replace function projection.changes_query(
  left_schema text, right_schema text, of_table text, is_after boolean, is_up_to boolean
) returns text
language plpgsql
as $$
declare
  shared record;
begin
  with columns as (
    select n.nspname::text as schema, a.attname::text as attribute, format('%I', a.attname) as quoted,
      a.attnum = any (coalesce(i.indkey::smallint[], '{}')) as is_key, a.atttypid::regtype as of_type,
      a.attnum as place
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index as i on i.indrelid = c.oid and i.indisprimary
    where n.nspname in (left_schema, right_schema) and c.relkind = 'r' and c.relname = of_table
  ),
  merged as (
    select
      m.attribute, min(m.quoted) as quoted,
      bool_or(m.schema = left_schema) as is_left, bool_or(m.schema = right_schema) as is_right,
      bool_and(m.is_key) as is_key,
      bool_and(m.of_type in ('smallint', 'integer', 'bigint', 'numeric', 'double precision', 'real')) as is_number,
      bool_and(m.of_type = 'date'::regtype) as is_date,
      bool_and(m.of_type = 'timestamptz'::regtype) and count(*) = 2 as is_time,
      min(m.place) filter (where m.schema = left_schema) as place
    from columns as m
    group by m.attribute
  )
  select
    coalesce(bool_or(m.attribute = 'day' and m.is_date and m.is_left and m.is_right), false) as has_day,
    (array_agg(m.quoted order by m.place) filter (where m.is_time))[1] as time,
    coalesce(
      string_agg(
        format(
          '%L, jsonb_build_array(%s, %s)', m.attribute,
          case when m.is_left then format('sum((l.r).%s)', m.quoted) else 'null' end,
          case when m.is_right then format('sum((r.r).%s)', m.quoted) else 'null' end
        ), ', ' order by m.attribute
      ) filter (where m.is_number and not m.is_key), ''
    ) as sums,
    t.key, t.columns, projection.key_range(t.key, t.key_types, is_after, is_up_to) as range
  into strict shared
  from merged as m
  cross join projection.compared_tables(left_schema, right_schema) as t
  where t.name = of_table
  group by t.key, t.columns, t.key_types;
  return format(
    'insert into pg_temp.changed as c (name, tenant, day, left_rows, right_rows, differences, sums) '
    'select'
    '  %8$L::text, coalesce((l.r).tenant, (r.r).tenant), %5$s, count(l.r), count(r.r),'
    '  count(*) filter (where l.content is distinct from r.content), jsonb_build_object(%6$s) '
    'from (select %1$s, row(%2$s)::text as content, t as r from %3$I.%7$I as t where %9$s) as l '
    'full join (select %1$s, row(%2$s)::text as content, t as r from %4$I.%7$I as t where %9$s) as r'
    '  using (%1$s) '
    'group by 2, 3 '
    'on conflict (name, tenant, day) do update set'
    '  left_rows = c.left_rows + excluded.left_rows, right_rows = c.right_rows + excluded.right_rows,'
    '  differences = c.differences + excluded.differences,'
    '  sums = projection.sum_of(c.sums, excluded.sums)',
    shared.key, shared.columns, left_schema, right_schema,
    case
      when shared.has_day then 'coalesce((l.r).day, (r.r).day)'
      when shared.time is null then 'null::date'
      else format('(coalesce((l.r).%1$s, (r.r).%1$s) at time zone ''UTC'')::date', shared.time)
    end,
    shared.sums, of_table, of_table, shared.range);
end
$$;

-- Adds pairs of sums that have the same names. What is null is no number of any row.
create or replace function projection.sum_of(one jsonb, other jsonb) returns jsonb
language sql immutable
begin atomic
  select coalesce(
    jsonb_object_agg(
      key, jsonb_build_array(
        coalesce((a.value ->> 0)::numeric + (b.value ->> 0)::numeric, (a.value ->> 0)::numeric, (b.value ->> 0)::numeric),
        coalesce((a.value ->> 1)::numeric + (b.value ->> 1)::numeric, (a.value ->> 1)::numeric, (b.value ->> 1)::numeric)
      )
    ), '{}'
  )
  from jsonb_each(one) as a (key, value)
  join jsonb_each(other) as b (key, value) using (key);
end;

-- What was added to `changed` and is a difference: of the sums, those that do not agree.
create or replace function projection.gathered_changes()
returns table (
  name text, tenant uuid, day date, left_rows bigint, right_rows bigint, differences bigint, sums jsonb
)
language plpgsql
as $$
begin
  if to_regclass('pg_temp.changed') is null then return; end if;
  return query
    select
      c.name, c.tenant, c.day, c.left_rows, c.right_rows, c.differences,
      coalesce((
        select jsonb_object_agg(s.key, s.value) from jsonb_each(c.sums) as s
        where s.value -> 0 is distinct from s.value -> 1
      ), '{}')
    from pg_temp.changed as c
    where c.differences > 0 or exists (
      select from jsonb_each(c.sums) as s where s.value -> 0 is distinct from s.value -> 1
    )
    order by c.name, c.day, c.tenant;
  drop table pg_temp.changed;
end
$$;

-- What two builds that stand at one position say differently in all tables that both have, by tenant and day.
create or replace function projection.changes(left_schema text, right_schema text)
returns table (
  name text, tenant uuid, day date, left_rows bigint, right_rows bigint, differences bigint, sums jsonb
)
language plpgsql
as $$
begin
  perform set_config('work_mem', '256MB', true);
  perform projection.begin_changes();
  for name in select t.name from projection.compared_tables(left_schema, right_schema) as t order by t.name loop
    execute projection.changes_query(left_schema, right_schema, name, false, false);
  end loop;
  return query select * from projection.gathered_changes();
end
$$;
