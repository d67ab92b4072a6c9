insert into connection_usage as u (tenant, day, connection, channel, messages_received, messages_delivered)
select
  tenant, time::date, (facts ->> 'connection')::uuid, facts ->> 'channel',
  count(*) filter (where type = 'message.received'),
  count(*) filter (where type = 'delivery.succeeded')
from batch
where type in ('message.received', 'delivery.succeeded')
group by 1, 2, 3, 4
order by 1, 2, 3, 4
on conflict (tenant, day, connection, channel) do update set
  messages_received = u.messages_received + excluded.messages_received,
  messages_delivered = u.messages_delivered + excluded.messages_delivered;

insert into model_usage as u (
  tenant, day, agent, kind, model, replies, prompt_tokens, completion_tokens, cost_micros, currency,
  citations_removed
)
select
  tenant, time::date, (facts ->> 'agent')::uuid,
  case type when 'reply.generated' then facts ->> 'kind' else 'summary' end, coalesce(facts ->> 'model', ''),
  count(*) filter (where type = 'reply.generated'),
  coalesce(sum((facts ->> 'prompt_tokens')::bigint), 0),
  coalesce(sum((facts ->> 'completion_tokens')::bigint), 0),
  coalesce(sum((facts ->> 'cost_micros')::bigint), 0),
  coalesce(facts ->> 'currency', ''),
  coalesce(sum((facts ->> 'citations_removed')::bigint), 0)
from batch
where type in ('reply.generated', 'conversation.summarised')
group by 1, 2, 3, 4, 5, 10
order by 1, 2, 3, 4, 5, 10
on conflict (tenant, day, agent, kind, model, currency) do update set
  replies = u.replies + excluded.replies,
  prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
  completion_tokens = u.completion_tokens + excluded.completion_tokens,
  cost_micros = u.cost_micros + excluded.cost_micros,
  citations_removed = u.citations_removed + excluded.citations_removed;

insert into tool_usage as u (tenant, day, agent, tool, outcome, calls)
select
  tenant, time::date, (facts ->> 'agent')::uuid,
  -- A name that a model made up is none.
  case facts ->> 'kind' when 'unknown' then '' else facts ->> 'tool' end, facts ->> 'outcome', count(*)
from batch
where type = 'tool.called'
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
on conflict (tenant, day, agent, tool, outcome) do update set calls = u.calls + excluded.calls;

-- A document is uploaded once; its removal lies behind that in the same stream.
insert into stored_document (document, tenant, bytes, uploaded_at)
select (facts ->> 'document')::uuid, tenant, (facts ->> 'bytes')::bigint, time
from batch
where type = 'document.uploaded'
order by topic, partition, "offset"
on conflict (document) do nothing;

update stored_document as d set removed_at = r.time
from (
  select (facts ->> 'document')::uuid as document, min(time) as time
  from batch
  where type = 'document.removed'
  group by 1
) as r
where d.document = r.document and d.removed_at is null;
