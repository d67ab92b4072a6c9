-- Where a version's vectors lie when that is outside of Postgres: the kind of the store and a name in it.
alter table knowledge.version add column if not exists store text;
alter table knowledge.version add column if not exists space uuid;

-- Vectors in such a store whose chunks are gone, until they are removed there. Without a tenant: the whole space.
create table if not exists knowledge.stale_vectors (
  store text not null,
  space uuid not null,
  tenant uuid,
  document uuid,
  revision uuid,
  noted_at timestamptz not null default now(),
  unique nulls not distinct (space, document, revision)
);
