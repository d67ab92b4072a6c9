-- The tables that two builds both have: the columns of the key and those that both have, as they stand in SQL.
create or replace function projection.compared_tables(left_schema text, right_schema text)
returns table (name text, key text, key_types text[], columns text)
language sql stable
begin atomic
  select l.name, k.names, k.types, c.names
  from projection.tables_of(left_schema) as l
  join projection.tables_of(right_schema) as r on r.name = l.name
  cross join lateral (
    select
      string_agg(format('%I', a.attname), ', ' order by k.ordinal) as names,
      array_agg(format_type(a.atttypid, a.atttypmod) order by k.ordinal) as types
    from pg_index as i
    cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (number, ordinal)
    join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indisprimary and i.indrelid = format('%I.%I', left_schema, l.name)::regclass
  ) as k
  cross join lateral (
    select string_agg(format('%I', c.name), ', ' order by c.name) as names
    from (select unnest(l.columns) intersect select unnest(r.columns)) as c (name)
  ) as c
  order by l.name;
end;

-- The condition that a key lies behind `after` and not behind `up_to`; null is without a bound.
create or replace function projection.key_range(key text, key_types text[], after text[], up_to text[])
returns text
language sql immutable
begin atomic
  select concat_ws(
    ' and ', 'true',
    (
      select format('(%s) > (%s)', key, string_agg(format('%L::%s', v.value, v.type), ', ' order by v.n))
      from unnest(after, key_types) with ordinality as v (value, type, n)
      having after is not null
    ),
    (
      select format('(%s) <= (%s)', key, string_agg(format('%L::%s', v.value, v.type), ', ' order by v.n))
      from unnest(up_to, key_types) with ordinality as v (value, type, n)
      having up_to is not null
    )
  );
end;

-- The key that lies so many rows behind `after` in a table of two builds, so that neither has more rows up to there;
-- null when what is left is less.
create or replace function projection.key_after(
  left_schema text, right_schema text, of_table text, after text[], rows integer
) returns text[]
language plpgsql
as $$
declare
  shared record;
  part text;
  found_key text[];
begin
  select * into strict shared from projection.compared_tables(left_schema, right_schema) as t
  where t.name = of_table;
  part := format(
    'select %1$s from %%1$I.%2$I where %3$s order by %1$s limit %4$s', shared.key, of_table,
    replace(projection.key_range(shared.key, shared.key_types, after, null), '%', '%%'), rows);
  execute format(
    'select array[%s] from ((%s) union (%s)) as k order by %s offset %s limit 1',
    (select string_agg(c || '::text', ', ' order by n)
      from unnest(string_to_array(shared.key, ', ')) with ordinality as u (c, n)),
    format(part, left_schema), format(part, right_schema), shared.key, rows - 1
  ) into found_key;
  return found_key;
end
$$;

-- Compares a table of two builds row by row over the columns that both have, from behind one key up to another: how
-- many rows each holds, how many differ or are missing on one side, and the first keys of those.
create or replace function projection.compare_table(
  left_schema text, right_schema text, of_table text, after text[], up_to text[]
) returns table (left_rows bigint, right_rows bigint, differences bigint, first_keys text[])
language plpgsql
as $$
declare
  shared record;
begin
  select * into strict shared from projection.compared_tables(left_schema, right_schema) as t
  where t.name = of_table;
  return query execute format(
    'with compared as ('
    '  select concat_ws('' '', %1$s) as key, l.content as l, r.content as r'
    '  from (select %1$s, row(%2$s)::text as content from %3$I.%5$I where %6$s) as l'
    '  full join (select %1$s, row(%2$s)::text as content from %4$I.%5$I where %6$s) as r using (%1$s)'
    ') '
    'select'
    '  count(l), count(r), count(*) filter (where l is distinct from r),'
    '  array('
    '    select d.key from compared as d where d.l is distinct from d.r order by d.key limit 5'
    '  ) '
    'from compared',
    shared.key, shared.columns, left_schema, right_schema, of_table,
    projection.key_range(shared.key, shared.key_types, after, up_to));
end
$$;

-- Compares all tables that two builds both have, each as a whole.
create or replace function projection.compare(left_schema text, right_schema text)
returns table (name text, left_rows bigint, right_rows bigint, differences bigint, first_keys text[])
language plpgsql
as $$
begin
  perform set_config('work_mem', '256MB', true);
  return query
    select t.name, c.*
    from projection.compared_tables(left_schema, right_schema) as t
    cross join lateral projection.compare_table(left_schema, right_schema, t.name, null, null) as c
    order by t.name;
end
$$;
