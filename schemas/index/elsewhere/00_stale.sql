-- Vectors that lie outside of Postgres go after their chunks do: which, is noted here, in the same transaction.
-- `space` is set for the session that makes a version.
create function note_stale() returns trigger
language plpgsql
set search_path from current
as $$
begin
  insert into knowledge.stale_vectors (store, space, tenant, document, revision)
  select distinct tg_argv[0], tg_argv[1]::uuid, g.tenant, g.document, g.revision from gone as g
  on conflict do nothing;
  perform pg_notify('aigentable_stale_vectors', '');
  return null;
end
$$;

do $$
begin
  execute format(
    'create trigger stale after delete on chunk referencing old table as gone
     for each statement execute function note_stale(%L, %L)',
    current_setting('aigentable.store'), current_setting('aigentable.space'));
end
$$;
