-- The best chunks for each question, of its tenant: those that its words find and those that are near to it in
-- meaning, joined by reciprocal rank fusion: 1 / (60 + rank), nearness at half the weight, because words that
-- agree are the surer sign.
--
-- `filters` holds for each question an object with any of `bases`, `tags`, `documents`; `vectors` a null where
-- there is none. What is found by nearness alone must be at least as near as `nearness` (a cosine).
create function search(
  tenants uuid[], languages text[], questions text[], vectors text[], filters text[], most integer[],
  nearness double precision, budget integer default 500
) returns table (
  ordinal bigint, chunk uuid, document uuid, title text, place text, content text, score double precision
)
language sql stable
set search_path from current
as $$
  select q.ordinal, c.id, c.document, c.title, c.place, c.text, f.score
  from unnest(tenants, languages, questions, vectors, filters, most) with ordinality as q (
    tenant, language, question, vector, filter, most, ordinal
  )
  cross join lateral (
    select
      case when a.value ? 'bases' then array(select jsonb_array_elements_text(a.value -> 'bases')) end as bases,
      case when a.value ? 'tags' then array(select jsonb_array_elements_text(a.value -> 'tags')) end as tags,
      case when a.value ? 'documents' then array(select jsonb_array_elements_text(a.value -> 'documents')::uuid) end
        as documents
    from (select q.filter::jsonb as value) as a
    offset 0
  ) as a
  cross join lateral (
    select r.chunk, sum(r.part) as score
    from (
      select w.chunk, 1 / (60.0::double precision + row_number() over (order by w.score desc, w.chunk)) as part
      from by_words(q.tenant, q.language::regconfig, q.question, a.bases, a.tags, a.documents, budget, 100) as w
      union all
      select n.chunk, 0.5 / (60.0::double precision + row_number() over (order by n.similarity desc, n.chunk))
      from by_vector(q.tenant, q.vector, a.bases, a.tags, a.documents, 100) as n
      where q.vector is not null and n.similarity >= nearness
    ) as r
    group by r.chunk
    order by 2 desc, 1
    limit q.most
  ) as f
  join chunk as c on c.id = f.chunk
  order by q.ordinal, f.score desc, c.id
$$;
