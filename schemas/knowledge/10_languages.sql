-- Whether Postgres knows a text-search configuration.
create or replace function knowledge.has_language(name text) returns boolean
language sql stable
set search_path = knowledge, pg_catalog
as $$ select exists (select from pg_ts_config where cfgname = name) $$;

-- Whether vectors can be kept.
create or replace function knowledge.has_vectors() returns boolean
language sql stable
as $$ select exists (select from pg_extension where extname = 'vector') $$;
