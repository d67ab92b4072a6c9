-- Messages of a day (UTC). A message that answers several counts once.
create table connection_usage (
  tenant uuid not null,
  day date not null,
  connection uuid not null,
  channel text collate "C" not null,
  messages_received bigint not null,
  messages_delivered bigint not null,
  primary key (tenant, day, connection, channel)
);

-- Replies of a day by what made them. `model` is empty for replies that no model wrote, `currency` for those without
-- a price; summaries are of the kind `summary` and no replies.
create table model_usage (
  tenant uuid not null,
  day date not null,
  agent uuid not null,
  kind text collate "C" not null,
  model text collate "C" not null,
  replies bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  -- In millionths of the currency.
  cost_micros bigint not null,
  currency text collate "C" not null,
  citations_removed bigint not null,
  primary key (tenant, day, agent, kind, model, currency)
);

-- Calls of agents' tools, by what came of them.
create table tool_usage (
  tenant uuid not null,
  day date not null,
  agent uuid not null,
  tool text collate "C" not null,
  outcome text collate "C" not null,
  calls bigint not null,
  primary key (tenant, day, agent, tool, outcome)
);

-- Documents, kept here for good: what is stored on a day is what was uploaded by then and not removed.
create table stored_document (
  document uuid primary key,
  tenant uuid not null,
  bytes bigint not null,
  uploaded_at timestamptz not null,
  removed_at timestamptz
);
