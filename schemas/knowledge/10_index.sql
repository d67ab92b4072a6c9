-- Puts a document's chunks into the index in place of those it had.
create or replace function knowledge.replace_chunks(
  of_tenant uuid, of_document uuid, of_title text, in_language text, ids uuid[], headings text[],
  texts text[]
) returns void
language plpgsql
set search_path = knowledge, pg_catalog
as $$
begin
  delete from knowledge.chunk where document = of_document and tenant = of_tenant;
  insert into knowledge.chunk (id, tenant, document, ordinal, title, heading, text, language, terms)
  select
    t.id, of_tenant, of_document, t.ordinal, of_title, t.heading, t.text, in_language::regconfig,
    setweight(to_tsvector(in_language::regconfig, of_title || ' ' || t.heading), 'A')
    || to_tsvector(in_language::regconfig, t.text)
  from unnest(ids, headings, texts) with ordinality as t (id, heading, text, ordinal);
end
$$;

-- Whether Postgres knows a text-search configuration.
create or replace function knowledge.has_language(name text) returns boolean
language sql stable
set search_path = knowledge, pg_catalog
as $$ select exists (select from pg_ts_config where cfgname = name) $$;
