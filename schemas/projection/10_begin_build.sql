-- Records a new build and makes its empty schema, where the rest of this transaction then creates its tables.
-- One at a time for each projection.
create or replace function projection.begin_build(
  of_name text, of_version integer, of_hash text, of_definition jsonb, of_apply text, of_indexes text,
  of_scope jsonb
) returns text
language plpgsql
as $$
declare
  new_build integer;
  new_schema text;
begin
  perform pg_advisory_xact_lock(hashtextextended('projection ' || of_name, 0));
  select coalesce(max(v.build), 0) + 1 into new_build from projection.version as v
  where v.name = of_name and v.version = of_version;
  new_schema := format('%s_%s_%s', of_name, of_version, new_build);
  insert into projection.version (
    name, version, build, schema, hash, state, definition, apply, indexes, scope
  )
  values (
    of_name, of_version, new_build, new_schema, of_hash, 'building', of_definition, of_apply, of_indexes,
    of_scope
  );
  insert into projection.lease (schema) values (new_schema);
  execute format('create schema %I', new_schema);
  perform set_config('search_path', format('%I, pg_temp', new_schema), true);
  return new_schema;
end
$$;
