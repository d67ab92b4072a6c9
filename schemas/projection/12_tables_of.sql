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
