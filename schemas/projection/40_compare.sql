-- Compares the tables that two builds both have, row by row over the columns that both have: how many rows
-- each holds, how many differ or are missing on one side, and the first keys of those.
create or replace function projection.compare(left_schema text, right_schema text)
returns table (name text, left_rows bigint, right_rows bigint, differences bigint, first_keys text[])
language plpgsql
as $$
declare
  shared record;
begin
  perform set_config('work_mem', '256MB', true);
  for shared in
    select
      l.name,
      -- The names as they stand in SQL: of the primary key, and of all columns that both have.
      (
        select string_agg(format('%I', a.attname), ', ' order by k.ordinal)
        from pg_index as i
        cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (number, ordinal)
        join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.number
        where i.indisprimary and i.indrelid = format('%I.%I', left_schema, l.name)::regclass
      ) as key,
      (
        select string_agg(format('%I', c.name), ', ' order by c.name)
        from (select unnest(l.columns) intersect select unnest(r.columns)) as c (name)
      ) as columns
    from projection.tables_of(left_schema) as l
    join projection.tables_of(right_schema) as r on r.name = l.name
    order by l.name
  loop
    return query execute format(
      'with compared as ('
      '  select concat_ws('' '', %1$s) as key, l.content as l, r.content as r'
      '  from (select %1$s, row(%2$s)::text as content from %3$I.%5$I) as l'
      '  full join (select %1$s, row(%2$s)::text as content from %4$I.%5$I) as r using (%1$s)'
      ') '
      'select'
      '  %5$L::text, count(l), count(r), count(*) filter (where l is distinct from r),'
      '  array('
      '    select d.key from compared as d where d.l is distinct from d.r order by d.key limit 5'
      '  ) '
      'from compared',
      shared.key, shared.columns, left_schema, right_schema, shared.name);
  end loop;
end
$$;
