-- The best chunks for each question, of its tenant: any of its words, ranked by how many and how rare the
-- matches are within the chunk, longer chunks discounted.
create or replace function knowledge.search(
  tenants uuid[], languages text[], questions text[], most integer[]
) returns table (
  ordinal bigint, chunk uuid, document uuid, title text, content text, score double precision
)
language sql stable
-- An index on terms can only be used by a bitmap.
set enable_bitmapscan = on
as $$
  select q.ordinal, c.id, c.document, c.title, c.text, c.score
  from unnest(tenants, languages, questions, most) with ordinality as q (
    tenant, language, question, most, ordinal
  )
  cross join lateral (
    select replace(plainto_tsquery(q.language::regconfig, q.question)::text, ' & ', ' | ')::tsquery as any_word
    -- Keeps the planner from working the question out again for every chunk.
    offset 0
  ) as t
  cross join lateral (
    select c.id, c.document, c.title, c.text, ts_rank(c.terms, t.any_word, 1)::double precision as score
    from knowledge.chunk as c
    where c.tenant = q.tenant and c.terms @@ t.any_word
    order by 5 desc, c.id
    limit q.most
  ) as c
  order by q.ordinal, c.score desc, c.id
$$;
