-- pgvector, where this Postgres has it. Without it passages are found by their words alone.
do $$
begin
  if exists (select from pg_available_extensions where name = 'vector') then
    create extension if not exists vector schema public;
  end if;
exception
  when insufficient_privilege then
    raise notice 'the extension vector may not be created by this role: create it as a superuser';
end
$$;
