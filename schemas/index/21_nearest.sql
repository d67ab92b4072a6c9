-- Without pgvector nothing is near.
create function by_vector(
  of_tenant uuid, vector text, bases text[], with_tags text[], documents uuid[], most integer
) returns table (chunk uuid, similarity double precision)
language sql stable
as $$ select null::uuid, null::double precision where false $$;

create function stage_vectors(chunks uuid[], vectors text[]) returns void
language sql
as $$ select $$;
