create table conversation (
  id uuid primary key,
  tenant uuid not null,
  connection uuid not null,
  contact uuid not null,
  channel text not null,
  -- open | handed-over | resolved
  state text not null,
  -- One of our own people took it, and has it whatever other apps do.
  ours boolean not null default false,
  contact_name text,
  contact_address text,
  -- Where an answer goes instead, in the channel's own form.
  thread text,
  -- What the contact gave before the first message.
  contact_email text,
  contact_phone text,
  -- Whether the company signed for who the contact is.
  verified boolean not null,
  address_hmac text collate "C" not null,
  opened_at timestamptz not null,
  last_message_at timestamptz not null,
  -- The first 200 characters.
  last_message_text text,
  last_message_hmac text collate "C",
  -- Whose key seals it: see `erase.sql`.
  last_message_by uuid,
  messages integer not null,
  -- Something is known of it in `edit`, `deletion` or `reaction`.
  amended boolean not null default false,
  -- Sealed by the contact's key.
  labels text[] not null default '{}',
  -- What we sent until then was delivered, or read: from platforms that name a time, not messages.
  delivered_until timestamptz,
  read_until timestamptz
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
  subject text,
  -- What it said at first; see `edit` and `deletion`.
  text text,
  -- What an e-mail holds beside that: the mails that it quotes, and the signature.
  quoted text,
  -- In the message's order; null when there are none.
  attachments uuid[],
  -- What the contact may choose from, and the template that may go instead.
  choices jsonb,
  template jsonb,
  -- A place and address cards that are passed on.
  location jsonb,
  contacts jsonb,
  -- inbound: received; outbound: queued, uncertain, sent, failed, delivered, read
  status text not null,
  -- Of the status, and never less than it was; see rank_of in this file.
  rank integer not null,
  at timestamptz not null,
  provider_id text,
  provider_hmac text collate "C",
  -- Of what came or was sent in parts, those of the other parts; else null.
  part_hmacs text[] collate "C",
  -- Of what it answers or quotes: our id where we chose it, else the provider's, which may become known later.
  reply_to uuid,
  reply_hmac text collate "C",
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
  error text,
  -- Whose key seals what it says.
  sealed_by uuid
) with (fillfactor = 80);

-- What a contact's message wants, as a local classifier has it; of an edited one, what it says now.
create table classification (
  message uuid primary key,
  tenant uuid not null,
  conversation uuid not null,
  "offset" bigint not null,
  language text not null,
  -- angry | negative | neutral | positive
  sentiment text not null,
  sentiment_score double precision not null,
  intent text,
  confidence double precision,
  out_of_scope boolean,
  model_revision integer
);

-- What a message said from a time on, each time that it was edited: the last one by `at` counts. Edits, deletions
-- and reactions name the provider's id of a message, which may become known later than they do; whoever reads
-- puts them together.
create table edit (
  tenant uuid not null,
  conversation uuid not null,
  provider_hmac text collate "C" not null,
  "offset" bigint not null,
  -- By the platform's clock, or ours where it has none.
  at timestamptz not null,
  text text,
  quoted text,
  attachments uuid[],
  -- Whose key seals what it says.
  sealed_by uuid,
  primary key (conversation, provider_hmac, at, "offset")
);

-- Messages that were taken back, or parts of them: what they said is to be shown to nobody.
create table deletion (
  tenant uuid not null,
  conversation uuid not null,
  provider_hmac text collate "C" not null,
  at timestamptz not null,
  "offset" bigint not null,
  primary key (conversation, provider_hmac)
);

-- The reactions of a contact to a message now; an empty array when they were taken back.
create table reaction (
  tenant uuid not null,
  conversation uuid not null,
  provider_hmac text collate "C" not null,
  contact uuid not null,
  at timestamptz not null,
  "offset" bigint not null,
  reactions jsonb not null,
  primary key (conversation, provider_hmac, contact)
);

create table attachment (
  id uuid primary key,
  tenant uuid not null,
  conversation uuid not null,
  message uuid not null,
  -- image | document | audio | voice | video | sticker
  kind text,
  name text,
  -- What the provider said of it.
  said_media_type text,
  said_bytes bigint,
  -- stored | failed; null while it is being fetched
  state text,
  -- As it was stored, also when no message brings it yet.
  stored_kind text,
  stored_name text,
  -- Whose key seals that name.
  stored_by uuid,
  media_type text,
  bytes bigint,
  -- Of a file of an album: of the message that it came as.
  part_hmac text collate "C",
  -- SHA-256 in hexadecimal of what lies sealed in the blob store.
  blob text,
  -- Why it failed.
  error text,
  -- Of the event that said what became of it.
  "offset" bigint,
  -- Whose key seals the name.
  sealed_by uuid
);

-- What a contact said in a conversation of hearing from us: of a contact's rows of one scope, whichever conversation
-- they are of, the last by `at` counts.
create table consent (
  tenant uuid not null,
  conversation uuid not null,
  contact uuid not null,
  -- all | marketing
  scope text not null,
  -- opted-out | opted-in
  state text not null,
  -- keyword | platform | api
  source text not null,
  at timestamptz not null,
  "offset" bigint not null,
  primary key (conversation, contact, scope)
);

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

-- Ids of parts that say nothing of how far their message has come: of the files of an album, and of what was sent of
-- a message whose rest was not.
create table part (
  tenant uuid not null,
  provider_hmac text collate "C" not null,
  message uuid not null,
  primary key (provider_hmac, tenant)
);

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

-- How far a message has come by its own statuses and by what its conversation knows of all messages. It was
-- sent a little before we noted that, and clocks differ: hence the seconds.
create function rank_until(
  rank integer, sent_at timestamptz, delivered_until timestamptz, read_until timestamptz
) returns integer
language sql immutable parallel safe
return greatest(
  rank,
  case when sent_at - interval '2 seconds' <= delivered_until then 5 end,
  case when sent_at - interval '2 seconds' <= read_until then 6 end
);

-- The ids of the files that an event lists; null when there are none.
create function attachments_of(facts jsonb) returns uuid[]
language sql immutable parallel safe
return case
  when facts -> 'attachments' is not null then array(
    select (value ->> 'attachment')::uuid
    from jsonb_array_elements(facts -> 'attachments') with ordinality
    order by ordinality
  )
end;

-- The messages that the files of an album came as, but for the one that names the whole; null where it is none.
create function parts_of(facts jsonb) returns text[]
language sql immutable parallel safe
return case
  when facts -> 'album' is not null then nullif(
    array(
      select value ->> 'part'
      from jsonb_array_elements(facts -> 'attachments') with ordinality
      where value ->> 'part' <> facts ->> 'provider_hmac'
      group by value ->> 'part'
      order by min(ordinality)
    ), '{}')
end;

-- Statistics would keep samples of what people wrote and are, beside the tables.
alter table conversation
  alter contact_name set statistics 0, alter contact_address set statistics 0,
  alter thread set statistics 0, alter contact_email set statistics 0, alter contact_phone set statistics 0,
  alter last_message_text set statistics 0, alter labels set statistics 0;
alter table message
  alter subject set statistics 0, alter text set statistics 0, alter quoted set statistics 0,
  alter choices set statistics 0, alter template set statistics 0, alter location set statistics 0, alter contacts set statistics 0,
  alter provider_id set statistics 0;
alter table edit alter text set statistics 0, alter quoted set statistics 0;
alter table reaction alter reactions set statistics 0;
alter table attachment alter name set statistics 0, alter stored_name set statistics 0;
