-- Grants readers their view of a build's tables: only the rows of the tenant whom the transaction names.
-- The owner's policy lets the runtime itself write under forced row-level security.
create or replace function projection.protect(of_schema text) returns void
language plpgsql
as $$
declare
  relation record;
begin
  execute format('grant usage on schema %I to aigentable_reader', of_schema);
  for relation in
    select
      c.relname,
      c.relkind,
      exists (
        select from pg_attribute as a
        where a.attrelid = c.oid and a.attname = 'tenant' and a.atttypid = 'uuid'::regtype and a.attnotnull
      ) as has_tenant,
      exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary) as has_key
    from pg_class as c
    where c.relnamespace = to_regnamespace(quote_ident(of_schema)) and c.relkind in ('r', 'p', 'v', 'm')
  loop
    if relation.relkind <> 'r' then
      raise exception '% is not a plain table', relation.relname using errcode = 'PL002';
    end if;
    if not relation.has_tenant then
      raise exception 'table % lacks the column "tenant uuid not null"', relation.relname
        using errcode = 'PL002';
    end if;
    if not relation.has_key then
      raise exception 'table % lacks a primary key', relation.relname using errcode = 'PL002';
    end if;
    execute format('alter table %I.%I enable row level security', of_schema, relation.relname);
    execute format('alter table %I.%I force row level security', of_schema, relation.relname);
    -- The tenant as a query of its own: it is asked once for a statement, not for each row.
    execute format(
      'create policy reader on %I.%I for select to aigentable_reader '
      'using (tenant = (select current_setting(''aigentable.tenant'')::uuid))',
      of_schema, relation.relname);
    execute format(
      'create policy runtime on %I.%I to %I using (true) with check (true)',
      of_schema, relation.relname, current_user);
    execute format('grant select on %I.%I to aigentable_reader', of_schema, relation.relname);
  end loop;
end
$$;
