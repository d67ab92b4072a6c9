-- Drops a build that is not live, with its tables, progress and lease.
create or replace function projection.drop_build(of_schema text) returns void
language plpgsql
as $$
begin
  delete from projection.version as v where v.schema = of_schema and v.state <> 'live';
  if not found then
    raise exception '% is live or unknown', of_schema using errcode = 'PL003';
  end if;
  execute format('drop schema if exists %I cascade', of_schema);
end
$$;

-- What `drop_part` takes of a build, one after the other: each table, before it those of its indexes that are large.
create or replace function projection.parts_of(of_schema text)
returns table (of_table text, of_index text)
language sql stable
begin atomic
  select t.relname::text, i.relname::text
  from pg_class as t
  join pg_namespace as n on n.oid = t.relnamespace
  left join lateral (
    select c.relname
    from pg_index as x
    join pg_class as c on c.oid = x.indexrelid
    where x.indrelid = t.oid and pg_relation_size(c.oid) > 1024 * 1024
    union all
    select null
  ) as i on true
  where n.nspname = of_schema and t.relkind = 'r'
  order by t.relname, i.relname nulls last;
end;

-- Drops one table of a build that is not live, or one index, which `drop_build` is to follow: one after the other, so that
-- none of the transactions has many files to remove. While a large one is removed, what is live waits for the disk.
create or replace function projection.drop_part(of_schema text, of_table text, of_index text) returns void
language plpgsql
as $$
begin
  perform from projection.version as v where v.schema = of_schema and v.state <> 'live' for share;
  if not found then
    raise exception '% is live or unknown', of_schema using errcode = 'PL003';
  end if;
  if of_index is null then
    execute format('drop table if exists %I.%I cascade', of_schema, of_table);
  elsif exists (
    -- Foreign keys name the index that they point at, too.
    select from pg_constraint as c
    where c.conindid = to_regclass(format('%I.%I', of_schema, of_index)) and c.contype in ('p', 'u', 'x')
  ) then
    execute format('alter table if exists %I.%I drop constraint if exists %I cascade', of_schema, of_table, of_index);
  else
    execute format('drop index if exists %I.%I cascade', of_schema, of_index);
  end if;
end
$$;
