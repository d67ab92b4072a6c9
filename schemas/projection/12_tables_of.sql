-- The tables of a build and their columns, by name.
create or replace function projection.tables_of(of_schema text)
returns table (name text, columns text[])
language sql stable
begin atomic
  select c.relname::text, array_agg(a.attname::text order by a.attnum)
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname = of_schema and c.relkind = 'r'
  group by c.relname
  order by c.relname;
end;

-- Has the planner look at the tables of a build.
create or replace function projection.analyze_build(of_schema text) returns void
language plpgsql
as $$
declare
  relation record;
begin
  for relation in select t.name from projection.tables_of(of_schema) as t loop
    execute format('analyze %I.%I', of_schema, relation.name);
  end loop;
end
$$;

-- The tables of a build and the columns of which the planner keeps statistics, in pieces that are looked at in a short
-- time each: a large table a column at a time.
create or replace function projection.analysed_pieces(of_schema text)
returns table (of_table text, of_columns text[])
language sql stable
begin atomic
  select c.relname::text, array_agg(a.attname::text order by a.attnum)
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname = of_schema and c.relkind = 'r' and a.attstattarget is distinct from 0
  group by c.relname, case when pg_relation_size(c.oid) > 1024 * 1024 then a.attnum end
  order by c.relname, min(a.attnum);
end;

-- Has the planner look at columns of one table.
create or replace function projection.analyze_columns(of_schema text, of_table text, of_columns text[])
returns void
language plpgsql
as $$
begin
  execute format(
    'analyze %I.%I (%s)', of_schema, of_table,
    (select string_agg(format('%I', c), ', ') from unnest(of_columns) as c));
end
$$;
