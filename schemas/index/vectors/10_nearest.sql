-- The chunks nearest to a vector. Of few all are compared; of many those that the graph leads to, which are
-- nearly always the same. What a filter leaves of many may be few again, which the graph would pass by; and where it looked
-- at as many as it may (hnsw.max_scan_tuples) and found too few that pass, all that do are compared, up to a bound.
--
-- The vector of one chunk after the other is looked up behind `offset 0`: planned as joins, it was done for all chunks
-- first, because nothing is known of the filters when it is planned.
create or replace function by_vector(
  of_tenant uuid, vector text, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language plpgsql stable
set search_path from current
set enable_bitmapscan = on
set enable_seqscan = off
as $$
declare
  few constant integer := 3000;
  -- Takes some 100 ms.
  not_too_many constant integer := 30000;
  wanted constant halfvec := by_vector.vector::halfvec;
  filter constant tsquery := filter_query(of_tenant, bases, with_tags, documents);
  near uuid[];
  similarities double precision[];
begin
  if not leaves_few(of_tenant, bases, with_tags, documents, few) then
    select array_agg(g.chunk), array_agg(g.similarity) into near, similarities
    from by_graph(of_tenant, wanted, bases, with_tags, documents, most) as g;
    if cardinality(near) >= most or not leaves_few(of_tenant, bases, with_tags, documents, not_too_many) then
      return query select * from unnest(near, similarities);
      return;
    end if;
  end if;
  if filter is null then
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
      where c.id = e.chunk
      offset 0
    ) as c
    order by e.distance, e.chunk
    limit most;
  else
    return query
    select c.id, -e.distance
    from (
      select x.id, x.document, x.revision from chunk as x
      where x.terms @@ filter and x.tenant = of_tenant
      offset 0
    ) as c
    cross join lateral (
      select (x.vector <#> wanted) + 0.0 as distance from embedding as x where x.chunk = c.id offset 0
    ) as e
    where exists (select from document as d where d.id = c.document and d.revision = c.revision)
    order by e.distance, c.id
    limit most;
  end if;
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
