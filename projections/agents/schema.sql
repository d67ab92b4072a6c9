create table agent (
  id uuid primary key,
  tenant uuid not null,
  name text not null,
  -- draft (no version yet) | published | archived
  state text not null,
  -- The highest published version; null before the first.
  version integer,
  created_at timestamptz not null,
  published_at timestamptz
);

-- Published versions, immutable.
create table agent_version (
  agent uuid not null,
  version integer not null,
  tenant uuid not null,
  definition jsonb not null,
  published_at timestamptz not null,
  primary key (agent, version)
);
