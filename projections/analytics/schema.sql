-- What happened on a day (UTC), by the time of the event.
create table daily (
  tenant uuid not null,
  day date not null,
  -- unknown: of a conversation that was never opened
  channel text collate "C" not null,
  conversations_opened bigint not null default 0,
  messages_received bigint not null default 0,
  messages_composed bigint not null default 0,
  replies_skipped bigint not null default 0,
  replies_failed bigint not null default 0,
  deliveries_succeeded bigint not null default 0,
  deliveries_failed bigint not null default 0,
  deliveries_uncertain bigint not null default 0,
  statuses_sent bigint not null default 0,
  statuses_delivered bigint not null default 0,
  statuses_read bigint not null default 0,
  statuses_failed bigint not null default 0,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  -- Sum over the replies; divided by their number it is the mean. Exact, so that order does not matter.
  reply_milliseconds numeric not null default 0,
  primary key (tenant, day, channel)
);

-- The replies of a day by how they came about: every kind that there is or will be (`reply.generated`).
create table replies (
  tenant uuid not null,
  day date not null,
  channel text collate "C" not null,
  kind text collate "C" not null,
  replies bigint not null,
  primary key (tenant, day, channel, kind)
);

-- How many took how long. kind: reply (the model's time for one), end-to-end (from the first message that a
-- reply answers to its delivery).
create table latency (
  tenant uuid not null,
  day date not null,
  channel text collate "C" not null,
  kind text collate "C" not null,
  -- The upper bound of the bucket, inclusive; the last bucket, without one, has 2147483647.
  up_to_milliseconds integer not null,
  count bigint not null,
  primary key (tenant, day, channel, kind, up_to_milliseconds)
);

-- What messages wanted, in which language, and how their writers felt. An edited message counts for each of its texts.
create table understood (
  tenant uuid not null,
  day date not null,
  channel text collate "C" not null,
  language text collate "C" not null,
  -- Empty: the tenant has no model, or the message was out of scope.
  intent text collate "C" not null,
  out_of_scope boolean not null,
  -- angry | negative | neutral | positive
  sentiment text collate "C" not null,
  messages bigint not null,
  primary key (tenant, day, channel, language, intent, out_of_scope, sentiment)
);

-- Carried: what later events of a conversation are counted by.
create table conversation_channel (
  conversation uuid primary key,
  tenant uuid not null,
  channel text not null
);

create table received (
  message uuid primary key,
  tenant uuid not null,
  at timestamptz not null
);

create table reply (
  message uuid primary key,
  tenant uuid not null,
  -- When the first message that it answers came.
  received_at timestamptz not null
);

create function latency_bucket(milliseconds numeric) returns integer
language sql immutable parallel safe
return (
  array[50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000, 60000, 120000, 300000, 2147483647]
)[
  1 + width_bucket(
    greatest(milliseconds, 0) - 0.000001,
    array[50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000, 60000, 120000, 300000]::numeric[])
];
