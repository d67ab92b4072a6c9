-- In which conversation messages are that were exchanged in topics of groups, by the HMACs of the provider's ids: a
-- platform may tell of a reaction without the topic. For 30 days: who reacts later does so in the group's own conversation.
create table if not exists stage.topic_message (
  connection uuid not null,
  provider_hmac text not null,
  conversation uuid not null,
  noted_at timestamptz not null default clock_timestamp(),
  primary key (connection, provider_hmac)
);
create index if not exists topic_message_age on stage.topic_message (noted_at);

create or replace function stage.topic_messages(
  connections uuid[], hmacs text[]
) returns table (connection uuid, provider_hmac text, conversation uuid)
language sql stable
as $$
  select t.connection, t.provider_hmac, t.conversation
  from unnest(connections, hmacs) as a (connection, hmac)
  join stage.topic_message as t on t.connection = a.connection and t.provider_hmac = a.hmac
  where t.noted_at >= now() - interval '30 days'
$$;

-- Notes messages. Some of what has been kept for 30 days goes with it, more than comes, and waits for nobody; where nothing
-- comes, privacy.drop_inbound_keys drops it. It is found by now(), not clock_timestamp(), which no index serves.
create or replace function stage.note_topic_messages(
  connections uuid[], hmacs text[], conversations uuid[]
) returns void
language sql
as $$
  insert into stage.topic_message (connection, provider_hmac, conversation)
  select * from unnest(connections, hmacs, conversations)
  on conflict do nothing;
  delete from stage.topic_message
  where (connection, provider_hmac) in (
    select t.connection, t.provider_hmac from stage.topic_message as t
    where t.noted_at < now() - interval '30 days'
    order by t.noted_at
    limit greatest(100, 2 * cardinality(hmacs))
    for update skip locked
  );
$$;
