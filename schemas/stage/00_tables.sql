-- What the stage runtime keeps: who owns which partition, how far each stage has come, what waits, what effects
-- were done, and what each stage knows of a stream.
--
-- The connections that call the functions beside this file prefer indexes (`PostgresPool`): they keep their
-- plans, and one that was made while a table was nearly empty would read all of it later.
create schema if not exists stage;

-- A process that owns partitions. It holds the advisory lock `session` for as long as it lives.
create table if not exists stage.owner (
  id uuid primary key,
  session bigint not null,
  seen_at timestamptz not null
);

-- Which owners run which stage. Whoever was not seen for the length of a lease, or whose session is gone, does
-- not count.
create table if not exists stage.claimant (
  stage text not null,
  owner uuid not null references stage.owner on delete cascade,
  seen_at timestamptz not null,
  primary key (stage, owner)
);

-- Partitions are held by lease. The epoch grows with every change of owner; a transaction that names an old
-- epoch fails.
create table if not exists stage.lease (
  stage text not null,
  partition integer not null,
  owner uuid,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  primary key (stage, partition)
);

-- How far a stage has come; the highest row counts. Rows are inserted and trimmed, never updated: the versions
-- of an updated row could not be cleaned away while an old transaction is open, and every look would wade
-- through them.
create table if not exists stage.progress (
  stage text not null,
  partition integer not null,
  next_offset bigint not null,
  sequence bigint,
  primary key (stage, partition, next_offset)
);

-- Inputs that could not be finished at once, in order within their key. The first of a key is its head: it
-- waits for an effect, a time, or a person (parked); the others wait behind it.
create table if not exists stage.waiting (
  stage text not null,
  partition integer not null,
  key text not null,
  "offset" bigint not null,
  id uuid not null,
  type text not null,
  tenant uuid not null,
  time timestamptz not null,
  source text not null,
  causation uuid,
  correlation uuid,
  traceparent text,
  value bytea not null,
  -- How often the head's effect was tried.
  attempt integer not null default 0,
  -- When the head may be looked at again, by an owner's clock: 1970 where that is at once. Null for what stands behind a
  -- head, or while its effect runs.
  due_at timestamptz,
  -- When the intent of a `once` effect was committed.
  intent_at timestamptz,
  parked_reason text,
  parked_at timestamptz,
  -- Parked without holding its key back.
  is_alone boolean not null default false,
  primary key (stage, partition, key, "offset")
);

create index if not exists waiting_due on stage.waiting (stage, partition, due_at) where due_at is not null;
create index if not exists waiting_parked on stage.waiting (tenant, parked_at) where parked_reason is not null;

-- Every effect: what was meant, and what came of it.
create table if not exists stage.ledger (
  stage text not null,
  input uuid not null,
  step integer not null,
  tenant uuid not null,
  intent_at timestamptz,
  outcome_at timestamptz,
  outcome jsonb,
  primary key (stage, input, step)
);

-- What `outcome` is to become once nothing waits for it: of one that an owner without a lease recorded for the next one,
-- which needs words and provider's ids in the clear.
alter table stage.ledger add column if not exists settled jsonb;
create index if not exists ledger_unsettled on stage.ledger (stage, input) where settled is not null;

-- What a stage has folded of a stream.
create table if not exists stage.state (
  stage text not null,
  key text not null,
  value bytea not null,
  primary key (stage, key)
);

-- Provider ids seen by normalize, for ever.
create table if not exists stage.seen (
  tenant uuid not null,
  hmac text not null,
  primary key (tenant, hmac)
);

-- What senders last made of their messages, and contacts of their reactions, by the HMAC of the provider's id, for ever: a
-- replay does not write over it.
create table if not exists stage.changed (
  tenant uuid not null,
  hmac text not null,
  -- The event that the edit, or the reaction, became; null when the message was taken back.
  edit uuid,
  primary key (tenant, hmac)
);

-- Contacts, found by the HMAC of their address on a channel. An id in its place notes by what a contact was named.
create table if not exists stage.contact (
  tenant uuid not null,
  channel text not null,
  address_hmac text not null,
  contact uuid not null,
  primary key (tenant, channel, address_hmac)
);

-- What was said in a conversation, sealed, for the prompts of generate.
create table if not exists stage.turn (
  conversation uuid not null,
  ordinal integer not null,
  role text not null,
  content text not null,
  primary key (conversation, ordinal)
);

-- The message that a turn says, of the contact or of a platform's own inbox, by which it is edited or deleted.
alter table stage.turn add column if not exists message uuid;

-- What is sealed does not compress; most of it fits a page.
alter table stage.waiting alter column value set storage external;
alter table stage.waiting set (toast_tuple_target = 8160);
alter table stage.state alter column value set storage external;
alter table stage.state set (toast_tuple_target = 8160);
-- Rows that are replaced again and again, or once, find room beside themselves: no index need change for that.
alter table stage.state set (fillfactor = 50);
alter table stage.ledger set (fillfactor = 50);
alter table stage.turn alter column content set storage external;
alter table stage.turn set (toast_tuple_target = 8160);

-- Conversations of threads (groups, topics) that the provider gave another id; of all others the thread's id
-- makes the conversation's.
create table if not exists stage.thread (
  connection uuid not null,
  thread_hmac text not null,
  conversation uuid not null,
  primary key (connection, thread_hmac)
);

-- Files that were fetched, so that none is fetched twice.
create table if not exists stage.fetched (
  attachment uuid primary key,
  tenant uuid not null,
  blob bytea not null,
  media_type text not null,
  bytes bigint not null,
  -- Name and checksum, under the contact's key.
  sealed text not null
);

-- How fast may be sent from an account, of those that have a limit or were refused for a time; or to a group whose
-- topics are limited together, under an id that is made of the connection's and the group's.
create table if not exists stage.pace (
  connection uuid primary key,
  tenant uuid not null,
  value bytea not null
);
-- When it says nothing any more; null for an account's.
alter table stage.pace add column if not exists until timestamptz;
create index if not exists pace_tenant on stage.pace (tenant);

-- What contacts said of hearing from us; the last of a scope by the time of its event, then by its id.
create table if not exists stage.consent (
  contact uuid not null,
  scope text not null,
  tenant uuid not null,
  state text not null,
  at timestamptz not null,
  event uuid not null,
  primary key (contact, scope)
);

-- What was used up of limits on models, by day and by minute (UTC). The tenant is all zeros for what all tenants
-- share.
create table if not exists stage.model_use (
  tenant uuid not null,
  scope text not null,
  is_minute boolean not null,
  period timestamptz not null,
  requests bigint not null,
  tokens bigint not null,
  cost_micros bigint not null,
  primary key (tenant, scope, is_minute, period)
);

-- Answers to first questions, where the agent allows to give them again. The words stay under the key of the
-- contact that they were written for: once that is destroyed, so are they, and the rows go with the contact's others.
create table if not exists stage.cached_answer (
  -- HMAC of agent, version, index and question under the tenant's key.
  question text primary key,
  tenant uuid not null,
  reply uuid not null,
  content text not null,
  facts text not null,
  expires_at timestamptz not null
);
create index if not exists cached_answer_age on stage.cached_answer (tenant, expires_at);
