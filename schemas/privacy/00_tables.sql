-- Erased contacts, and how far the erasure of each has come.
create schema if not exists privacy;

-- Rows are never removed: after a restore they say what must stay erased.
create table if not exists privacy.erasure (
  contact uuid primary key,
  tenant uuid not null,
  -- Of its `contact.erased`.
  event uuid not null,
  -- requested | retention
  reason text not null,
  erased_at timestamptz not null,
  -- The first transaction that swept the rows about the contact. Whoever began before it may still have the key,
  -- and write what it opened.
  swept_by xid8,
  -- When nothing about the contact was left, and the pages were clean.
  finished_at timestamptz
);

create index if not exists erasure_unfinished on privacy.erasure (erased_at) where finished_at is null;
create index if not exists erasure_by_tenant on privacy.erasure (tenant, erased_at);

-- How far `tenants` was looked through for erasures: those of a log that is newer than this database are done
-- again before anything starts.
create table if not exists privacy.progress (
  next_offset bigint not null,
  sequence bigint,
  primary key (next_offset)
);

-- Sealed files and large bodies are found by the key that sealed them.
create index if not exists blob_seal on knowledge.blob (substring(bytes from 1 for 99));
create index if not exists cached_answer_seal on stage.cached_answer (substring(content from 1 for 99));
create index if not exists fetched_seal on stage.fetched (substring(sealed from 1 for 99));
