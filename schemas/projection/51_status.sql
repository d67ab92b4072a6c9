-- Every build that is not retired, with what it has parked.
create or replace function projection.status()
returns table (name text, version integer, build integer, schema text, state text, parked bigint)
language sql stable
begin atomic
  select
    v.name, v.version, v.build, v.schema, v.state,
    (select count(*) from projection.parked as p where p.schema = v.schema)
  from projection.version as v
  where v.state in ('live', 'building')
  order by v.name, v.version, v.build;
end;
