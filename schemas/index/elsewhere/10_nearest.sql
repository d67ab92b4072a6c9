-- The chunks that a store outside of Postgres called near: `vector` is what it said, an array of objects with `chunk`
-- and `similarity`. Only those count that are the tenant's, are found now, and pass the filters: the store may be
-- behind.
create or replace function by_vector(
  of_tenant uuid, vector text, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language sql stable
set search_path from current
as $$
  select n.chunk, n.similarity
  from jsonb_to_recordset(vector::jsonb) as n (chunk uuid, similarity double precision)
  join chunk as c on c.id = n.chunk and c.tenant = of_tenant
  join document as d on d.id = c.document and d.revision = c.revision
  where
    (bases is null or c.base = any (bases))
    and (with_tags is null or c.tags && with_tags)
    and (documents is null or c.document = any (documents))
  order by n.similarity desc, n.chunk
  limit most
$$;
