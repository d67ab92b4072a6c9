-- The chunks nearest to a vector. Of few all are compared; of many those that the graph leads to, which are
-- nearly always the same.
create or replace function by_vector(
  of_tenant uuid, vector text, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language plpgsql stable
set search_path from current
set hnsw.ef_search = 100
set hnsw.iterative_scan = 'relaxed_order'
as $$
declare
  wanted constant halfvec := by_vector.vector::halfvec;
begin
  if (select c.chunks from corpus as c where c.tenant = of_tenant) <= 3000 then
    return query
    select e.chunk, -(e.vector <#> wanted)
    from embedding as e
    join chunk as c on c.id = e.chunk
    join document as d on d.id = c.document and d.revision = c.revision
    where
      e.tenant = of_tenant
      and (bases is null or c.base = any (bases))
      and (with_tags is null or c.tags && with_tags)
      and (documents is null or c.document = any (documents))
    -- An expression that the graph does not serve.
    order by (e.vector <#> wanted) + 0.0, e.chunk
    limit most;
  else
    return query
    select e.chunk, -(e.vector <#> wanted)
    from embedding as e
    join chunk as c on c.id = e.chunk
    join document as d on d.id = c.document and d.revision = c.revision
    where
      e.tenant = of_tenant
      and (bases is null or c.base = any (bases))
      and (with_tags is null or c.tags && with_tags)
      and (documents is null or c.document = any (documents))
    order by e.vector <#> wanted
    limit most;
  end if;
end
$$;

create or replace function stage_vectors(chunks uuid[], vectors text[]) returns void
language sql
set search_path from current
as $$
  insert into embedding (chunk, tenant, vector)
  select c.id, c.tenant, t.vector::halfvec
  from unnest(chunks, vectors) as t (chunk, vector) join chunk as c on c.id = t.chunk
$$;
