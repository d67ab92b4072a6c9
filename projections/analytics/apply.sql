-- 1. What later events are counted by. Applying it twice changes nothing.
insert into conversation_channel (conversation, tenant, channel)
select stream::uuid, tenant, facts ->> 'channel'
from batch
where type = 'conversation.opened'
order by topic, partition, "offset"
on conflict do nothing;

insert into received (message, tenant, at)
select (facts ->> 'message')::uuid, tenant, time
from batch
where type = 'message.received'
order by topic, partition, "offset"
on conflict do nothing;

insert into reply (message, tenant, received_at)
select message, tenant, received_at
from (
  select
    topic, partition, "offset", (facts ->> 'message')::uuid as message, tenant,
    (
      select min(r.at) from received as r
      where r.message = any (array(select jsonb_array_elements_text(facts -> 'answers'))::uuid[])
    ) as received_at
  from batch
  where type = 'reply.generated'
) as b
where received_at is not null
order by topic, partition, "offset"
on conflict do nothing;

-- 2. The day's counts.
insert into daily as d (
  tenant, day, channel, conversations_opened, messages_received, messages_composed, replies_skipped,
  replies_failed, deliveries_succeeded, deliveries_failed, deliveries_uncertain, statuses_sent,
  statuses_delivered, statuses_read, statuses_failed, prompt_tokens, completion_tokens, reply_milliseconds
)
select
  b.tenant,
  b.time::date,
  coalesce(b.facts ->> 'channel', c.channel, 'unknown'),
  count(*) filter (where b.type = 'conversation.opened'),
  count(*) filter (where b.type = 'message.received'),
  count(*) filter (where b.type = 'message.composed'),
  count(*) filter (where b.type = 'reply.skipped'),
  count(*) filter (where b.type = 'reply.failed'),
  count(*) filter (where b.type = 'delivery.succeeded'),
  count(*) filter (where b.type = 'delivery.failed'),
  count(*) filter (where b.type = 'delivery.uncertain'),
  count(*) filter (where b.type = 'message.status' and b.facts ->> 'status' = 'sent'),
  count(*) filter (where b.type = 'message.status' and b.facts ->> 'status' = 'delivered'),
  count(*) filter (where b.type = 'message.status' and b.facts ->> 'status' = 'read'),
  count(*) filter (where b.type = 'message.status' and b.facts ->> 'status' = 'failed'),
  coalesce(sum((b.facts ->> 'prompt_tokens')::bigint), 0),
  coalesce(sum((b.facts ->> 'completion_tokens')::bigint), 0),
  coalesce(sum((b.facts ->> 'milliseconds')::numeric) filter (where b.type = 'reply.generated'), 0)
from batch as b
left join conversation_channel as c on not b.facts ? 'channel' and c.conversation = b.stream::uuid
group by 1, 2, 3
order by 1, 2, 3
on conflict (tenant, day, channel) do update set
  conversations_opened = d.conversations_opened + excluded.conversations_opened,
  messages_received = d.messages_received + excluded.messages_received,
  messages_composed = d.messages_composed + excluded.messages_composed,
  replies_skipped = d.replies_skipped + excluded.replies_skipped,
  replies_failed = d.replies_failed + excluded.replies_failed,
  deliveries_succeeded = d.deliveries_succeeded + excluded.deliveries_succeeded,
  deliveries_failed = d.deliveries_failed + excluded.deliveries_failed,
  deliveries_uncertain = d.deliveries_uncertain + excluded.deliveries_uncertain,
  statuses_sent = d.statuses_sent + excluded.statuses_sent,
  statuses_delivered = d.statuses_delivered + excluded.statuses_delivered,
  statuses_read = d.statuses_read + excluded.statuses_read,
  statuses_failed = d.statuses_failed + excluded.statuses_failed,
  prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
  completion_tokens = d.completion_tokens + excluded.completion_tokens,
  reply_milliseconds = d.reply_milliseconds + excluded.reply_milliseconds;

insert into replies as r (tenant, day, channel, kind, replies)
select b.tenant, b.time::date, coalesce(c.channel, 'unknown'), b.facts ->> 'kind', count(*)
from batch as b
left join conversation_channel as c on c.conversation = b.stream::uuid
where b.type = 'reply.generated'
group by 1, 2, 3, 4
order by 1, 2, 3, 4
on conflict (tenant, day, channel, kind) do update set replies = r.replies + excluded.replies;

-- 3. How long things took.
insert into latency as l (tenant, day, channel, kind, up_to_milliseconds, count)
select t.tenant, t.time::date, t.channel, t.kind, latency_bucket(t.milliseconds), count(*)
from (
  select
    b.tenant, b.time, coalesce(c.channel, 'unknown') as channel, 'reply' as kind,
    (b.facts ->> 'milliseconds')::numeric as milliseconds
  from batch as b
  left join conversation_channel as c on c.conversation = b.stream::uuid
  where b.type = 'reply.generated'
  union all
  select
    b.tenant, b.time, b.facts ->> 'channel', 'end-to-end',
    extract(epoch from b.time - r.received_at) * 1000
  from batch as b
  join reply as r on r.message = (b.facts ->> 'message')::uuid
  where b.type = 'delivery.succeeded'
) as t
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
on conflict (tenant, day, channel, kind, up_to_milliseconds) do update set count = l.count + excluded.count;

-- 4. What was understood.
insert into understood as u (tenant, day, channel, language, intent, out_of_scope, sentiment, messages)
select
  tenant, time::date, facts ->> 'channel', facts ->> 'language', coalesce(facts ->> 'intent', ''),
  coalesce((facts ->> 'out_of_scope')::boolean, false), facts ->> 'sentiment', count(*)
from batch
where type = 'message.classified'
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 2, 3, 4, 5, 6, 7
on conflict (tenant, day, channel, language, intent, out_of_scope, sentiment)
do update set messages = u.messages + excluded.messages;
