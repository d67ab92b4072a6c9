create table document (
  id uuid primary key,
  tenant uuid not null,
  title text not null,
  media_type text not null,
  language text not null,
  -- Empty: it lies in none.
  knowledge_base text not null,
  tags text[] not null,
  bytes bigint not null,
  -- SHA-256 of the bytes, in hexadecimal.
  blob text not null,
  -- queued | indexed | failed | removed
  state text not null,
  -- How many passages are searched; 0 unless indexed.
  chunks integer not null,
  -- Why it failed.
  error text,
  uploaded_at timestamptz not null,
  changed_at timestamptz not null
);
