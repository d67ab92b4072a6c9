create table agent (
  id uuid primary key,
  tenant uuid not null,
  name text not null,
  -- draft (no version yet) | published | archived
  state text not null,
  -- The highest published version; null before the first.
  version integer,
  created_at timestamptz not null,
  published_at timestamptz,
  -- When the draft was last written, while there is one.
  changed_at timestamptz,
  -- What the next version may become.
  draft jsonb
);

-- Published versions, immutable.
create table agent_version (
  agent uuid not null,
  version integer not null,
  tenant uuid not null,
  definition jsonb not null,
  published_at timestamptz not null,
  -- The earlier version that it brought back.
  restores integer,
  primary key (agent, version)
);
