-- The documents' bytes, and the index over their chunks.
create schema if not exists knowledge;

create table if not exists knowledge.blob (
  hash bytea primary key,
  bytes bytea not null
);

create table if not exists knowledge.chunk (
  id uuid primary key,
  tenant uuid not null,
  document uuid not null,
  ordinal integer not null,
  title text not null,
  heading text not null,
  text text not null,
  language regconfig not null,
  terms tsvector not null
);

-- Without a list of pending entries, which every search would read through: documents change seldom.
create index if not exists chunk_terms on knowledge.chunk using gin (terms) with (fastupdate = off);
alter index knowledge.chunk_terms set (fastupdate = off);
create index if not exists chunk_document on knowledge.chunk (document);
