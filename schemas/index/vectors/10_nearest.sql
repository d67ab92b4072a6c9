-- The chunks nearest to a vector. Of few all are compared; of many those that the graph leads to, which are
-- nearly always the same.
--
-- Whether a chunk is found now and passes the filters is looked up for one neighbour after the other, behind `offset 0`:
-- planned as joins, it was done for all chunks first, because nothing is known of the filters when it is planned.
create or replace function by_vector(
  of_tenant uuid, vector text, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language plpgsql stable
set search_path from current
as $$
declare
  wanted constant halfvec := by_vector.vector::halfvec;
begin
  if (select c.chunks from corpus as c where c.tenant = of_tenant) > 3000 then
    return query select g.chunk, g.similarity from by_graph(of_tenant, wanted, bases, with_tags, documents, most) as g;
    return;
  end if;
  return query
  select e.chunk, -e.distance
  from (
    -- An expression that the graph does not serve.
    select x.chunk, (x.vector <#> wanted) + 0.0 as distance from embedding as x
    where x.tenant = of_tenant
    order by 2, 1
    offset 0
  ) as e
  cross join lateral (
    select from chunk as c
    join document as d on d.id = c.document and d.revision = c.revision
    where
      c.id = e.chunk
      and (bases is null or c.base = any (bases))
      and (with_tags is null or c.tags && with_tags)
      and (documents is null or c.document = any (documents))
    offset 0
  ) as c
  order by e.distance, e.chunk
  limit most;
end
$$;

-- Without sorting: the graph gives its neighbours in their order.
create function by_graph(
  of_tenant uuid, wanted halfvec, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language plpgsql stable
set search_path from current
set hnsw.ef_search = 100
set hnsw.iterative_scan = 'relaxed_order'
set enable_sort = off
as $$
begin
  return query
  select e.chunk, -(e.vector <#> wanted)
  from embedding as e
  cross join lateral (
    select from chunk as c
    join document as d on d.id = c.document and d.revision = c.revision
    where
      c.id = e.chunk
      and (bases is null or c.base = any (bases))
      and (with_tags is null or c.tags && with_tags)
      and (documents is null or c.document = any (documents))
    offset 0
  ) as c
  where e.tenant = of_tenant
  order by e.vector <#> wanted
  limit most;
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
