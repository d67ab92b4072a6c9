-- What two builds that stand at one position say differently, by tenant and day: of every table that both have,
-- how many of its rows differ or are missing on one side, and for each column of numbers that either has the sums
-- that do not agree, as `{"column": [left, right]}`. A table without a column `day date` has one row a tenant.
create or replace function projection.changes(left_schema text, right_schema text)
returns table (
  name text, tenant uuid, day date, left_rows bigint, right_rows bigint, differences bigint, sums jsonb
)
language plpgsql
as $$
declare
  shared record;
begin
  perform set_config('work_mem', '256MB', true);
  for shared in
    with columns as (
      select c.relname::text as name, n.nspname::text as schema, a.attname::text as attribute,
        format('%I', a.attname) as quoted, k.is_key, a.atttypid::regtype as of_type,
        format('%I', c.relname) as quoted_name
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      cross join lateral (
        select exists (
          select from pg_index as i
          where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey::smallint[])
        ) as is_key
      ) as k
      where n.nspname in (left_schema, right_schema) and c.relkind = 'r'
    ),
    merged as (
      select
        m.name, m.attribute, min(m.quoted) as quoted, min(m.quoted_name) as quoted_name,
        bool_or(m.schema = left_schema) as is_left, bool_or(m.schema = right_schema) as is_right,
        bool_and(m.is_key) as is_key,
        bool_and(m.of_type in ('smallint', 'integer', 'bigint', 'numeric', 'double precision', 'real')) as is_number,
        bool_and(m.of_type = 'date'::regtype) as is_date
      from columns as m
      group by m.name, m.attribute
    )
    select
      m.name, min(m.quoted_name) as quoted_name,
      string_agg(m.quoted, ', ' order by m.attribute) filter (where m.is_key) as key,
      string_agg(m.quoted, ', ' order by m.attribute) filter (where m.is_left and m.is_right) as both,
      bool_or(m.attribute = 'day' and m.is_date and m.is_left and m.is_right) as has_day,
      coalesce(
        string_agg(
          format(
            '%L, jsonb_build_array(%s, %s)', m.attribute,
            case when m.is_left then format('sum((l.r).%s)', m.quoted) else 'null' end,
            case when m.is_right then format('sum((r.r).%s)', m.quoted) else 'null' end
          ), ', ' order by m.attribute
        ) filter (where m.is_number and not m.is_key), ''
      ) as sums
    from merged as m
    group by m.name
    -- Both must have the table: then they share the columns of its key.
    having bool_or(m.is_left and m.is_right and m.is_key)
    order by m.name
  loop
    return query execute format(
      'with grouped as ('
      '  select'
      '    coalesce((l.r).tenant, (r.r).tenant) as tenant, %5$s as day, count(l.r) as left_rows,'
      '    count(r.r) as right_rows, count(*) filter (where l.content is distinct from r.content) as differences,'
      '    jsonb_build_object(%6$s) as sums'
      '  from (select %1$s, row(%2$s)::text as content, t as r from %3$I.%7$s as t) as l'
      '  full join (select %1$s, row(%2$s)::text as content, t as r from %4$I.%7$s as t) as r using (%1$s)'
      '  group by 1, 2'
      ') '
      'select'
      '  %8$L::text, g.tenant, g.day, g.left_rows, g.right_rows, g.differences,'
      '  coalesce(('
      '    select jsonb_object_agg(s.key, s.value) from jsonb_each(g.sums) as s'
      '    where s.value -> 0 is distinct from s.value -> 1'
      '  ), ''{}'') '
      'from grouped as g '
      'where g.differences > 0 or exists ('
      '  select from jsonb_each(g.sums) as s where s.value -> 0 is distinct from s.value -> 1'
      ') '
      'order by g.day, g.tenant',
      shared.key, shared.both, left_schema, right_schema,
      case when shared.has_day then 'coalesce((l.r).day, (r.r).day)' else 'null::date' end,
      shared.sums, shared.quoted_name, shared.name);
  end loop;
end
$$;
