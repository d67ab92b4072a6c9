-- The documents' bytes, what is being made of them, and which index is searched. The index itself lies in a
-- schema of its own for every version: schemas/index.
create schema if not exists knowledge;

-- Of earlier releases.
drop table if exists knowledge.chunk;
drop function if exists knowledge.replace_chunks(uuid, uuid, text, text, uuid[], text[], text[]);
drop function if exists knowledge.search(uuid[], text[], text[], integer[]);

create table if not exists knowledge.blob (
  hash bytea primary key,
  bytes bytea not null
);

-- Documents, in parts sealed with the tenant's key, so that none is ever whole in memory.
create table if not exists knowledge.stored (
  id uuid primary key,
  tenant uuid not null,
  -- SHA-256 of the bytes in clear; null until the last part is there.
  hash bytea,
  bytes bigint not null,
  begun_at timestamptz not null
);

create unique index if not exists stored_hash on knowledge.stored (tenant, hash);
create index if not exists stored_unfinished on knowledge.stored (begun_at) where hash is null;

create table if not exists knowledge.part (
  stored uuid not null references knowledge.stored on delete cascade,
  ordinal integer not null,
  sealed bytea not null,
  primary key (stored, ordinal)
);

-- How far the work on a document is: for people to see, and to ask it to stop.
create table if not exists knowledge.work (
  document uuid primary key,
  tenant uuid not null,
  -- queued | extracting | embedding
  step text not null,
  done integer not null,
  total integer not null,
  is_cancelled boolean not null,
  changed_at timestamptz not null
);

-- The web addresses that documents are fetched from, and what came of the last look at each.
create table if not exists knowledge.source (
  id uuid primary key,
  tenant uuid not null,
  address text not null,
  -- page | sitemap
  kind text not null,
  every_hours integer,
  pages integer not null,
  problem text,
  looked_at timestamptz
);

-- How far the look that is under way is, in pages; null when none is.
alter table knowledge.source add column if not exists done integer;
alter table knowledge.source add column if not exists total integer;

create index if not exists source_tenant on knowledge.source (tenant, address);

-- Vectors of texts that were embedded, as 32-bit floats, so that nothing is embedded twice.
create table if not exists knowledge.embedded (
  model text not null,
  -- SHA-256 of the text.
  hash bytea not null,
  vector bytea not null,
  primary key (model, hash)
);

-- The versions of the index, each in the schema index_<version>.
create table if not exists knowledge.version (
  version integer primary key,
  -- Where documents are cut, in tokens.
  chunk_tokens integer not null,
  overlap_tokens integer not null,
  -- What embeds; null without vectors.
  model text,
  dimensions integer,
  -- The next offset of `documents` to fold; null while the stage keeps it current.
  next_offset bigint,
  made_at timestamptz not null
);

-- The one that is searched, and the one that was before it.
create table if not exists knowledge.live (
  is_live boolean primary key check (is_live),
  version integer not null references knowledge.version,
  previous integer references knowledge.version
);
