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

-- The condition that a key lies behind that in `$1` and not behind that in `$2`, as far as there are such bounds. Each is a
-- `text[]` as it is written, of `text`.
create or replace function projection.key_range(
  key text, key_types text[], is_after boolean, is_up_to boolean
) returns text
language sql immutable
begin atomic
  select concat_ws(
    ' and ', 'true',
    case when is_after then
      format('(%s) > (%s)', key, string_agg(format('($1::text::text[])[%s]::%s', k.n, k.type), ', ' order by k.n))
    end,
    case when is_up_to then
      format('(%s) <= (%s)', key, string_agg(format('($2::text::text[])[%s]::%s', k.n, k.type), ', ' order by k.n))
    end)
  from unnest(key_types) with ordinality as k (type, n);
end;

-- The query for the key that lies `$2` rows (`int4`) behind `$1` in a table of two builds, or from its beginning, so that
-- neither has more rows up to there; null when what is left is less.
--
-- Queries of a part are handed out as text, so that who goes through a table in many small parts has each planned once.
create or replace function projection.key_query(
  left_schema text, right_schema text, of_table text, is_after boolean
) returns text
language sql stable
begin atomic
  select format(
    'select array[%1$s]::text'
    ' from ((select %2$s from %3$I.%5$I where %6$s order by %2$s limit $2::int4)'
    ' union (select %2$s from %4$I.%5$I where %6$s order by %2$s limit $2::int4)) as k'
    ' order by %2$s offset $2::int4 - 1 limit 1',
    (select string_agg(c || '::text', ', ' order by n)
      from unnest(string_to_array(t.key, ', ')) with ordinality as u (c, n)),
    t.key, left_schema, right_schema, of_table, projection.key_range(t.key, t.key_types, is_after, false))
  from projection.compared_tables(left_schema, right_schema) as t
  where t.name = of_table;
end;

-- The query that compares a table of two builds row by row over the columns that both have, from behind `$1` up to `$2`
-- (`projection.key_range`): how many rows each holds, how many differ or are missing on one side, and the first keys of
-- those.
create or replace function projection.compare_query(
  left_schema text, right_schema text, of_table text, is_after boolean, is_up_to boolean
) returns text
language sql stable
begin atomic
  select format(
    'with compared as ('
    '  select concat_ws('' '', %1$s) as key, l.content as l, r.content as r'
    '  from (select %1$s, row(%2$s)::text as content from %3$I.%5$I where %6$s) as l'
    '  full join (select %1$s, row(%2$s)::text as content from %4$I.%5$I where %6$s) as r using (%1$s)'
    ') '
    'select'
    '  count(l) as left_rows, count(r) as right_rows, count(*) filter (where l is distinct from r) as differences,'
    '  array('
    '    select d.key from compared as d where d.l is distinct from d.r order by d.key limit 5'
    '  ) as first_keys '
    'from compared',
    t.key, t.columns, left_schema, right_schema, of_table,
    projection.key_range(t.key, t.key_types, is_after, is_up_to))
  from projection.compared_tables(left_schema, right_schema) as t
  where t.name = of_table;
end;

-- Compares all tables that two builds both have, each as a whole.
create or replace function projection.compare(left_schema text, right_schema text)
returns table (name text, left_rows bigint, right_rows bigint, differences bigint, first_keys text[])
language plpgsql
as $$
begin
  perform set_config('work_mem', '256MB', true);
  for name in select t.name from projection.compared_tables(left_schema, right_schema) as t order by t.name loop
    execute projection.compare_query(left_schema, right_schema, name, false, false)
      into left_rows, right_rows, differences, first_keys;
    return next;
  end loop;
end
$$;
