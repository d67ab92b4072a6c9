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

-- The tables of a build that changed so much since they were last looked at that autovacuum would look at them, and their
-- columns of which the planner keeps statistics, in pieces that are looked at in a short time each: a large table some
-- columns at a time.
create or replace function projection.analysed_pieces(of_schema text)
returns table (of_table text, of_columns text[])
language sql stable
begin atomic
  select p.name, array_agg(p.attribute order by p.number)
  from (
    select
      c.relname::text as name, a.attname::text as attribute,
      pg_relation_size(c.oid) > 1024 * 1024 as is_large,
      row_number() over (partition by c.oid order by a.attnum) - 1 as number
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where
      n.nspname = of_schema and c.relkind = 'r' and a.attstattarget is distinct from 0
      and (
        greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) is null
        or pg_stat_get_mod_since_analyze(c.oid)
          > current_setting('autovacuum_analyze_threshold')::double precision
            + current_setting('autovacuum_analyze_scale_factor')::double precision * greatest(c.reltuples, 0)
      )
  ) as p
  group by p.name, case when p.is_large then p.number / 8 end
  order by p.name, min(p.number);
end;

-- Has the planner look at columns of one table by a tenth of the usual sample, which is read in a short time of a large
-- table, too. Autovacuum does not count what was looked at by columns, and looks at all of them in its own time.
create or replace function projection.analyze_columns(of_schema text, of_table text, of_columns text[])
returns void
language plpgsql
as $$
begin
  perform set_config('default_statistics_target', '10', true);
  execute format(
    'analyze %I.%I (%s)', of_schema, of_table,
    (select string_agg(format('%I', c), ', ') from unnest(of_columns) as c));
end
$$;
