-- A lexeme as a query writes it.
create function quoted(lexeme text) returns text
language sql immutable
as $$ select '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' $$;

-- The lexeme that names a tenant.
create function tenant_lexeme(tenant uuid) returns text
language sql immutable
as $$ select '@' || tenant $$;

-- Puts chunks aside that are not found before `publish`.
create function stage_chunks(
  of_tenant uuid, of_document uuid, of_revision uuid, of_title text, in_language text, of_base text,
  with_tags text[], first integer, ids uuid[], places text[], headings text[], texts text[]
) returns void
language sql
set search_path from current
as $$
  insert into chunk (
    id, tenant, document, revision, ordinal, title, place, heading, text, language, base, tags, length,
    terms
  )
  select
    t.id, of_tenant, of_document, of_revision, first + t.ordinal, of_title, t.place, t.heading, t.text,
    in_language::regconfig, of_base, with_tags,
    (select coalesce(sum(array_length(w.positions, 1)), 0) from unnest(v.terms) as w),
    v.terms || array_to_tsvector(array[tenant_lexeme(of_tenant)])
  from unnest(ids, places, headings, texts) with ordinality as t (id, place, heading, text, ordinal)
  cross join lateral (
    select to_tsvector(in_language::regconfig, of_title || E'\n' || t.heading || E'\n' || t.text) as terms
    offset 0
  ) as v
$$;

-- Counts a revision's chunks in (1) or out (-1) of the statistics.
create function count_chunks(of_document uuid, of_revision uuid, sign integer) returns void
language sql
set search_path from current
as $$
  insert into corpus as c (tenant, chunks, words)
  select tenant, sign * count(*), sign * sum(length) from chunk
  where document = of_document and revision = of_revision group by tenant
  on conflict (tenant) do update set chunks = c.chunks + excluded.chunks, words = c.words + excluded.words;

  insert into spoken as s (tenant, language, chunks)
  select tenant, language, sign * count(*) from chunk
  where document = of_document and revision = of_revision group by tenant, language
  on conflict (tenant, language) do update set chunks = s.chunks + excluded.chunks;

  insert into term as t (tenant, lexeme, chunks)
  select c.tenant, w.lexeme, sign * count(*)
  from chunk as c cross join lateral unnest(c.terms) as w
  where c.document = of_document and c.revision = of_revision and w.positions is not null
  group by c.tenant, w.lexeme
  on conflict (tenant, lexeme) do update set chunks = t.chunks + excluded.chunks
$$;

-- Takes out what is found of a document.
create function withdraw(of_document uuid) returns void
language sql
set search_path from current
as $$
  select count_chunks(of_document, d.revision, -1) from document as d where d.id = of_document;
  delete from chunk as c using document as d
  where d.id = of_document and c.document = d.id and c.revision = d.revision;
  delete from document where id = of_document
$$;

-- Takes out what was put aside for a document.
create function discard(of_document uuid) returns void
language sql
set search_path from current
as $$
  delete from chunk as c where c.document = of_document
  and not exists (select from document as d where d.id = c.document and d.revision = c.revision)
$$;

-- What was put aside is found from now on, in place of what was. Nothing happens where nothing was.
create function publish(of_document uuid) returns void
language plpgsql
set search_path from current
as $$
declare
  aside record;
begin
  select c.tenant, c.revision into aside from chunk as c
  where c.document = of_document
  and not exists (select from document as d where d.id = c.document and d.revision = c.revision)
  limit 1;
  if aside is null then return; end if;
  perform withdraw(of_document);
  insert into document (id, tenant, revision) values (of_document, aside.tenant, aside.revision);
  perform count_chunks(of_document, aside.revision, 1);
end
$$;
