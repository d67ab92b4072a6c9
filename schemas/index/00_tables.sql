-- One version of the index over the chunks of documents. Run with its schema first on the search path, where
-- the functions find it ever after.

-- Which text of a document is found: chunks of another revision are put aside for later. Rows of `chunk` are never
-- updated, because each update would enter all words of a row into the index once more.
create table document (
  id uuid primary key,
  tenant uuid not null,
  revision uuid not null
);

create table chunk (
  id uuid primary key,
  tenant uuid not null,
  document uuid not null,
  -- The event that brought the text.
  revision uuid not null,
  ordinal integer not null,
  title text not null,
  -- `p. 3` for instance, or empty.
  place text not null,
  heading text not null,
  text text not null,
  language regconfig not null,
  -- The knowledge base that it belongs to, or empty.
  base text not null,
  tags text[] not null,
  -- Words, without those that every text has.
  length integer not null,
  -- With lexemes that no text has: they name its language, base, tags and document, so that the index
  -- intersects its words with them, and few rows are read that are not asked for.
  terms tsvector not null
)
-- A search reads the terms of hundreds of chunks: they lie in their rows as they are, neither packed nor apart, as long as
-- a page holds them.
with (toast_tuple_target = 8160);

create index chunk_terms on chunk using gin (terms) with (fastupdate = off);
create index chunk_document on chunk (document);

-- What the rank of a match depends on: how many of a tenant's chunks hold a word, by language, and how long they are.
create table term (
  tenant uuid not null,
  lexeme text not null,
  language regconfig not null,
  chunks integer not null,
  primary key (tenant, lexeme, language)
);

create table corpus (
  tenant uuid primary key,
  chunks integer not null,
  words bigint not null
);

-- The languages that a tenant's chunks are in: a question is read in each of them.
create table spoken (
  tenant uuid not null,
  language regconfig not null,
  chunks integer not null,
  primary key (tenant, language)
);
