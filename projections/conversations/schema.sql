create table conversation (
  id uuid primary key,
  tenant uuid not null,
  connection uuid not null,
  contact uuid not null,
  channel text not null,
  -- open | handed-over | resolved
  state text not null,
  contact_name text,
  contact_address text,
  address_hmac text collate "C" not null,
  opened_at timestamptz not null,
  last_message_at timestamptz not null,
  -- The first 200 characters.
  last_message_text text,
  messages integer not null
) with (fillfactor = 80);

create table message (
  id uuid primary key,
  tenant uuid not null,
  conversation uuid not null,
  -- Of its event in the partition: the order within the conversation.
  "offset" bigint not null,
  -- inbound | outbound
  direction text not null,
  -- contact | agent | person
  author text not null,
  kind text not null,
  text text,
  -- inbound: received; outbound: queued, uncertain, sent, failed, delivered, read
  status text not null,
  -- Of the status, and never less than it was; see rank_of in this file.
  rank integer not null,
  at timestamptz not null,
  provider_id text,
  provider_hmac text collate "C",
  provider_time timestamptz,
  -- When the provider took it.
  sent_at timestamptz,
  agent uuid,
  agent_version integer,
  model text,
  reply_kind text,
  answers uuid[],
  passages jsonb,
  index_version bigint,
  -- outbound: why it failed or is uncertain. inbound: why it has no answer.
  error text
) with (fillfactor = 80);

-- What is known of a provider's message id, which a status may name before our own delivery event does.
create table delivery (
  tenant uuid not null,
  provider_hmac text collate "C" not null,
  -- Null until a delivery event says whose id it is.
  message uuid,
  rank integer not null,
  -- The provider's error code, where it said that the message failed.
  code text,
  primary key (provider_hmac, tenant)
) with (fillfactor = 80);

-- How far a message has come. A lower rank never replaces a higher one. That our call failed (4) outranks the
-- provider's own failed (3), so that each rank has one source and its error one meaning.
create function rank_of(status text) returns integer
language sql immutable parallel safe
return case status
  when 'queued' then 0
  when 'uncertain' then 1
  when 'sent' then 2
  when 'failed' then 3
  when 'delivered' then 5
  when 'read' then 6
end;

create function status_of(rank integer) returns text
language sql immutable parallel safe
return (array['queued', 'uncertain', 'sent', 'failed', 'failed', 'delivered', 'read'])[rank + 1];
