-- A lexeme as a query writes it.
create function quoted(lexeme text) returns text
language sql immutable
as $$ select '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' $$;

-- The lexemes that name what a chunk belongs to. A text's own have no blank. Hashed, because they stand in each chunk's
-- `terms`, which short ones keep short; 64 bits tell a tenant's tags, bases and documents apart.
create function scope_lexeme(tenant uuid, kind text, value text) returns text
language sql immutable
as $$ select ' ' || left(md5(format('%s %s %s', tenant, kind, value)), 16) $$;

create function language_lexeme(tenant uuid, language regconfig) returns text
language sql stable
set search_path from current
as $$ select scope_lexeme(tenant, 'language', language::text) $$;

create function base_lexeme(tenant uuid, base text) returns text
language sql immutable
set search_path from current
as $$ select scope_lexeme(tenant, 'base', base) $$;

create function tag_lexeme(tenant uuid, tag text) returns text
language sql immutable
set search_path from current
as $$ select scope_lexeme(tenant, 'tag', tag) $$;

create function document_lexeme(tenant uuid, document uuid) returns text
language sql immutable
set search_path from current
as $$ select scope_lexeme(tenant, 'document', document::text) $$;

-- The lexemes of which a filter wants one each; a list for each of its parts that is there.
create function filter_lexemes(of_tenant uuid, bases text[], with_tags text[], documents uuid[])
returns table (lexemes text[])
language sql immutable
set search_path from current
as $$
  select array(select base_lexeme(of_tenant, x) from unnest(bases) as x) where bases is not null
  union all
  select array(select tag_lexeme(of_tenant, x) from unnest(with_tags) as x) where with_tags is not null
  union all
  select array(select document_lexeme(of_tenant, x) from unnest(documents) as x) where documents is not null
$$;

-- What a filter leaves, as a query of `terms`; null where there is none. An empty list leaves nothing, as does a lexeme
-- that is never written.
create function filter_query(of_tenant uuid, bases text[], with_tags text[], documents uuid[]) returns tsquery
language sql immutable
set search_path from current
as $$
  select string_agg(p.query, ' & ')::tsquery
  from filter_lexemes(of_tenant, bases, with_tags, documents) as f
  cross join lateral (
    select format('(%s)', coalesce(string_agg(quoted(x), ' | '), quoted('no chunk'))) as query from unnest(f.lexemes) as x
  ) as p
$$;

-- Whether a tenant's chunks that a filter leaves are no more than `few`. How many are in one base or have one tag is known;
-- how many have all that several lists want is counted, where each alone leaves more.
create function leaves_few(of_tenant uuid, bases text[], with_tags text[], documents uuid[], few integer) returns boolean
language plpgsql stable
set search_path from current
set enable_bitmapscan = on
set enable_seqscan = off
as $$
declare
  filter constant tsquery := filter_query(of_tenant, bases, with_tags, documents);
begin
  if coalesce((select c.chunks from corpus as c where c.tenant = of_tenant), 0) <= few then return true; end if;
  if filter is null then return false; end if;
  if (
    select min(p.chunks)
    from filter_lexemes(of_tenant, bases, with_tags, documents) as f
    cross join lateral (
      select coalesce(sum(t.chunks), 0) as chunks from term as t
      where t.tenant = of_tenant and t.lexeme = any (f.lexemes)
    ) as p
  ) <= few then
    return true;
  end if;
  if num_nonnulls(bases, with_tags, documents) = 1 then return false; end if;
  return (select count(*) <= few from (select from chunk as c where c.terms @@ filter limit few + 1) as c);
end
$$;

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
    v.terms || array_to_tsvector(
      array[
        language_lexeme(of_tenant, in_language::regconfig), base_lexeme(of_tenant, of_base),
        document_lexeme(of_tenant, of_document)
      ] || array(select tag_lexeme(of_tenant, tag) from unnest(with_tags) as tag)
    )
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

  insert into term as t (tenant, lexeme, language, chunks)
  select c.tenant, w.lexeme, c.language, sign * count(*)
  from chunk as c cross join lateral unnest(c.terms) as w
  where c.document = of_document and c.revision = of_revision
  group by c.tenant, w.lexeme, c.language
  on conflict (tenant, lexeme, language) do update set chunks = t.chunks + excluded.chunks
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
