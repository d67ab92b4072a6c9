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

-- Drops one table of a build that is not live, which `drop_build` is to follow: one after the other, so that none of the
-- transactions has the files of all to remove.
create or replace function projection.drop_table(of_schema text, of_table text) returns void
language plpgsql
as $$
begin
  perform from projection.version as v where v.schema = of_schema and v.state <> 'live' for share;
  if not found then
    raise exception '% is live or unknown', of_schema using errcode = 'PL003';
  end if;
  execute format('drop table if exists %I.%I cascade', of_schema, of_table);
end
$$;
