-- Completes a bounded rebuild from the live build, both stopped at one position: rows outside of the bounds
-- are taken from there, and tables that the bounds do not divide are taken whole.
create or replace function projection.carry(
  from_schema text, to_schema text, whole text[], divided text[], tenant uuid, from_day date, to_day date,
  types text[]
) returns void
language plpgsql
as $$
declare
  table_name text;
begin
  foreach table_name in array whole loop
    execute format('delete from %I.%I', to_schema, table_name);
    execute format(
      'insert into %I.%I select * from %I.%I', to_schema, table_name, from_schema, table_name);
  end loop;
  foreach table_name in array divided loop
    execute format('insert into %I.%I select * from %I.%I as r where not (true%s%s%s%s)',
      to_schema, table_name, from_schema, table_name,
      case when tenant is not null then format(' and r.tenant = %L', tenant) end,
      case when from_day is not null then format(' and r.day >= %L', from_day) end,
      case when to_day is not null then format(' and r.day < %L', to_day) end,
      case when types is not null then format(' and r.type = any (%L)', types) end);
  end loop;
end
$$;
