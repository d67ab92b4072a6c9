-- The vectors of chunks, of length 1. `dimensions` is set for the session that makes a version.
do $$
begin
  execute format(
    'create table embedding (chunk uuid primary key references chunk on delete cascade, tenant uuid not null,
     vector halfvec(%s) not null)', current_setting('aigentable.dimensions')::integer);
end
$$;

create index embedding_vector on embedding using hnsw (vector halfvec_ip_ops);
create index embedding_tenant on embedding (tenant);
