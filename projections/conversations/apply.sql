-- 1. Conversations that are new.
insert into conversation (
  id, tenant, connection, contact, channel, state, contact_name, contact_address, thread, contact_email,
  contact_phone, verified, address_hmac, opened_at, last_message_at, messages
)
select
  stream::uuid, tenant, (facts ->> 'connection')::uuid, (facts ->> 'contact')::uuid, facts ->> 'channel',
  'open', private ->> 'name', private ->> 'address', private ->> 'thread', private ->> 'email',
  private ->> 'phone', coalesce((facts ->> 'verified')::boolean, false), facts ->> 'address_hmac', time, time, 0
from batch
where type = 'conversation.opened'
order by topic, partition, "offset"
on conflict (id) do nothing;

-- 2. Messages: what the batch says of deliveries, then the new messages as that leaves them, and the older
-- ones changed by it. All parts see the tables as they were before, so no message is touched twice.
with
said as materialized (
  select
    tenant,
    facts ->> 'provider_hmac' as provider_hmac,
    -- A status of a part that is not the last says nothing of the whole.
    case when facts -> 'part' is null then facts ->> 'message' end as message,
    case when type <> 'message.status' then 'sent' else facts ->> 'status' end as status,
    facts ->> 'code' as code,
    private ->> 'provider_id' as provider_id,
    time,
    "offset",
    facts -> 'parts' as parts,
    false as is_part
  from batch
  where type in ('delivery.succeeded', 'message.echoed', 'message.status')
  union all
  -- Of a message that was sent in parts each may have statuses of its own.
  select b.tenant, part.provider_hmac, b.facts ->> 'message', 'sent', null, null, b.time, b."offset", null, true
  from batch as b
  cross join lateral jsonb_array_elements_text(b.facts -> 'parts') as part (provider_hmac)
  where b.type = 'delivery.succeeded'
),
named as (
  insert into delivery as d (tenant, provider_hmac, message, rank, code)
  select
    tenant, provider_hmac, min(message)::uuid, max(rank_of(status)),
    min(code) filter (where status = 'failed')
  from said
  group by tenant, provider_hmac
  on conflict (provider_hmac, tenant) do update set
    message = coalesce(d.message, excluded.message),
    rank = greatest(d.rank, excluded.rank),
    code = least(d.code, excluded.code)
  returning d.tenant, d.provider_hmac, d.message, d.rank, case d.rank when 3 then d.code end as error
),
-- What the delivery and statuses that name the message say of it: of each the first.
sent as (
  select
    tenant, message::uuid,
    (array_agg(provider_hmac order by "offset"))[1] as provider_hmac,
    (array_agg(provider_id order by "offset") filter (where provider_id is not null))[1] as provider_id,
    (array_agg(time order by "offset"))[1] as sent_at,
    array(
      select jsonb_array_elements_text((array_agg(parts order by "offset") filter (where parts is not null))[1])
    ) as part_hmacs
  from said
  where message is not null and not is_part
  group by tenant, message
),
outcome as (
  select tenant, message, rank, error from named where message is not null
  union all
  select
    tenant, (facts ->> 'message')::uuid, case type when 'delivery.failed' then 4 else 1 end,
    concat_ws(' ', facts ->> 'reason', facts ->> 'code')
  from batch
  where type in ('delivery.failed', 'delivery.uncertain')
),
change as materialized (
  select
    o.tenant, o.message, o.rank, o.error, s.provider_hmac, s.provider_id, s.sent_at,
    nullif(s.part_hmacs, '{}') as part_hmacs
  from (select distinct on (tenant, message) * from outcome order by tenant, message, rank desc, error) as o
  left join sent as s on s.message = o.message and s.tenant = o.tenant
),
added as (
  insert into message (
    id, tenant, conversation, "offset", direction, author, kind, subject, text, quoted, attachments, choices,
    template, location, contacts, status, rank, at, provider_id, provider_hmac, part_hmacs, reply_to,
    reply_hmac, provider_time, sent_at, agent, agent_version, model, reply_kind, answers, passages,
    index_version, error, sealed_by
  )
  select
    b.id, b.tenant, b.stream::uuid, b."offset",
    case b.type when 'message.received' then 'inbound' else 'outbound' end,
    case b.type when 'message.received' then 'contact' when 'reply.generated' then 'agent' else 'person' end,
    coalesce(case when b.type in ('message.received', 'message.echoed') then b.facts ->> 'kind' end, 'text'),
    b.private ->> 'subject',
    b.private ->> 'text',
    b.private ->> 'quoted',
    attachments_of(b.facts),
    b.private -> 'choices',
    b.private -> 'template',
    b.private -> 'location',
    b.private -> 'contacts',
    case b.type when 'message.received' then 'received' else status_of(coalesce(c.rank, 0)) end,
    coalesce(c.rank, 0),
    b.time,
    coalesce(c.provider_id, b.private ->> 'provider_id'),
    coalesce(c.provider_hmac, b.facts ->> 'provider_hmac'),
    coalesce(c.part_hmacs, parts_of(b.facts)),
    (b.facts ->> 'reply_to')::uuid,
    b.facts ->> 'reply_hmac',
    (b.facts ->> 'provider_time')::timestamptz,
    c.sent_at,
    (b.facts ->> 'agent')::uuid,
    (b.facts ->> 'agent_version')::integer,
    b.facts ->> 'model',
    case b.type when 'reply.generated' then b.facts ->> 'kind' end,
    case b.type
      when 'reply.generated' then array(select jsonb_array_elements_text(b.facts -> 'answers'))::uuid[]
    end,
    b.facts -> 'passages',
    (b.facts ->> 'index_version')::bigint,
    c.error,
    b.sealed_by
  from (
    select (facts ->> 'message')::uuid as id, *
    from batch
    where type in ('message.received', 'message.echoed', 'message.composed', 'reply.generated')
  ) as b
  left join change as c on c.message = b.id and c.tenant = b.tenant
  on conflict (id) do nothing
)
update message as m set
  rank = greatest(m.rank, c.rank),
  status = case when c.rank > m.rank then status_of(c.rank) else m.status end,
  -- Of several reasons for one status the least, so that it does not matter which came first.
  error = case
    when c.rank > m.rank then c.error
    when c.rank = m.rank then least(m.error, c.error)
    else m.error
  end,
  provider_id = coalesce(m.provider_id, c.provider_id),
  provider_hmac = coalesce(m.provider_hmac, c.provider_hmac),
  part_hmacs = coalesce(m.part_hmacs, c.part_hmacs),
  sent_at = coalesce(m.sent_at, c.sent_at)
from change as c
where
  m.id = c.message
  and m.tenant = c.tenant
  and (
    c.rank > m.rank
    or (c.rank = m.rank and c.error is distinct from m.error)
    or (m.sent_at is null and c.sent_at is not null)
    or (m.provider_id is null and c.provider_id is not null)
    or (m.part_hmacs is null and c.part_hmacs is not null)
  );

insert into part (tenant, provider_hmac, message)
select distinct on (tenant, provider_hmac) tenant, provider_hmac, message
from (
  select b.tenant, part.provider_hmac, (b.facts ->> 'message')::uuid as message
  from batch as b
  cross join lateral unnest(parts_of(b.facts)) as part (provider_hmac)
  where b.type in ('message.received', 'message.echoed') and b.facts -> 'album' is not null
  union all
  select b.tenant, part.provider_hmac, (b.facts ->> 'message')::uuid
  from batch as b
  cross join lateral jsonb_array_elements_text(b.facts -> 'parts') as part (provider_hmac)
  where b.type in ('delivery.failed', 'delivery.uncertain') and b.facts -> 'parts' is not null
  union all
  select tenant, facts ->> 'provider_hmac', (facts ->> 'message')::uuid
  from batch
  where type = 'message.status' and facts -> 'part' is not null
) as p
order by tenant, provider_hmac, message
on conflict (provider_hmac, tenant) do update set message = least(part.message, excluded.message);

-- What was sent of a message whose rest was not.
update message as m set part_hmacs = array(select jsonb_array_elements_text(t.parts))
from (
  select distinct on (message) (facts ->> 'message')::uuid as message, facts -> 'parts' as parts
  from batch
  where type in ('delivery.failed', 'delivery.uncertain') and facts -> 'parts' is not null
  order by message, "offset"
) as t
where m.id = t.message and m.part_hmacs is null;

-- 3. Why messages have no answer.
update message as m set error = a.reason
from (
  select distinct on (answered.id) answered.id::uuid as message, b.facts ->> 'reason' as reason
  from batch as b
  cross join lateral jsonb_array_elements_text(b.facts -> 'answers') as answered (id)
  where b.type in ('reply.skipped', 'reply.failed')
  order by answered.id, b."offset" desc
) as a
where m.id = a.message;

-- 4. What conversations come to. What another app passed to us is open, unless one of our own people has it.
update conversation as c set
  state = case when t.passed and not coalesce(t.ours, c.ours) then 'open' else coalesce(t.state, c.state) end,
  ours = coalesce(t.ours, c.ours),
  messages = c.messages + t.messages,
  last_message_at = case when t.messages > 0 then t.at else c.last_message_at end,
  last_message_text = case when t.messages > 0 then left(t.text, 200) else c.last_message_text end,
  last_message_hmac = case when t.messages > 0 then t.hmac else c.last_message_hmac end,
  last_message_by = case when t.messages > 0 then t.sealed_by else c.last_message_by end
from (
  select
    stream::uuid as conversation,
    (array_agg(private ->> 'text' order by "offset" desc) filter (where is_message))[1] as text,
    (array_agg(time order by "offset" desc) filter (where is_message))[1] as at,
    (array_agg(facts ->> 'provider_hmac' order by "offset" desc) filter (where is_message))[1] as hmac,
    (array_agg(sealed_by order by "offset" desc) filter (where is_message))[1] as sealed_by,
    count(*) filter (where is_message) as messages,
    (
      array_agg(
        case type
          when 'conversation.handed-over' then 'handed-over'
          when 'conversation.resolved' then 'resolved'
          else 'open'
        end
        order by "offset" desc
      ) filter (where not is_message and not is_passed)
    )[1] as state,
    -- Whether the last of what tells that is a take-over by one of our own people.
    (
      array_agg(type = 'conversation.handed-over' order by "offset" desc)
        filter (
          where
            (type = 'conversation.handed-over' and facts @> '{"ours": true}')
            or (type = 'conversation.released' and not is_passed)
            or type = 'conversation.resolved'
        )
    )[1] as ours,
    -- Whether the last thing that happened to it is that another app gave it to us.
    (array_agg(is_passed order by "offset" desc) filter (where not is_message))[1] as passed
  from (
    select
      *,
      type in ('message.received', 'message.echoed', 'message.composed', 'reply.generated') as is_message,
      type = 'conversation.released' and facts ->> 'reason' = 'passed' as is_passed
    from batch
    where
      type in (
        'message.received', 'message.echoed', 'message.composed', 'reply.generated',
        'conversation.reopened', 'conversation.handed-over', 'conversation.released', 'conversation.resolved'
      )
  ) as b
  group by stream
) as t
where c.id = t.conversation;

-- 5. What became of messages after they were sent.
insert into edit (tenant, conversation, provider_hmac, "offset", at, text, quoted, attachments, sealed_by)
select
  tenant, stream::uuid, facts ->> 'provider_hmac', "offset",
  coalesce((facts ->> 'provider_time')::timestamptz, time), private ->> 'text', private ->> 'quoted',
  coalesce(attachments_of(facts), '{}'), sealed_by
from batch
where type = 'message.edited'
on conflict do nothing;

insert into deletion as d (tenant, conversation, provider_hmac, at, "offset")
select
  tenant, stream::uuid, facts ->> 'provider_hmac',
  min(coalesce((facts ->> 'provider_time')::timestamptz, time)), min("offset")
from batch
where type = 'message.deleted'
group by 1, 2, 3
on conflict (conversation, provider_hmac) do update set
  at = least(d.at, excluded.at), "offset" = least(d."offset", excluded."offset");

insert into reaction as r (tenant, conversation, provider_hmac, contact, at, "offset", reactions)
select distinct on (conversation, provider_hmac, contact)
  tenant, conversation, provider_hmac, contact, at, "offset", reactions
from (
  select
    tenant, stream::uuid as conversation, facts ->> 'provider_hmac' as provider_hmac,
    (facts ->> 'contact')::uuid as contact, coalesce((facts ->> 'provider_time')::timestamptz, time) as at,
    "offset", coalesce(private -> 'reactions', '[]') as reactions
  from batch
  where type = 'message.reacted'
) as b
order by conversation, provider_hmac, contact, at desc, "offset" desc
on conflict (conversation, provider_hmac, contact) do update set
  at = excluded.at, "offset" = excluded."offset", reactions = excluded.reactions
where (excluded.at, excluded."offset") > (r.at, r."offset");

update conversation as c set amended = true
from (
  select distinct stream::uuid as conversation
  from batch
  where type in ('message.edited', 'message.deleted', 'message.reacted')
) as b
where c.id = b.conversation and not c.amended;

-- 6. Files: what messages bring, and what became of it.
insert into attachment as a (
  id, tenant, conversation, message, kind, name, said_media_type, said_bytes, part_hmac, sealed_by
)
select distinct on (id)
  id, tenant, conversation, message, fact ->> 'kind', name, fact ->> 'media_type',
  (fact ->> 'bytes')::bigint, fact ->> 'part', sealed_by
from (
  select
    (fact.value ->> 'attachment')::uuid as id, b.tenant, b.stream::uuid as conversation,
    (b.facts ->> 'message')::uuid as message, fact.value as fact,
    b.private #>> array['attachments', (fact.ordinality - 1)::text, 'name'] as name, b."offset",
    b.sealed_by
  from batch as b
  cross join lateral jsonb_array_elements(b.facts -> 'attachments') with ordinality as fact
  where b.type in ('message.received', 'message.echoed', 'message.edited', 'message.composed')
) as b
order by id, "offset"
on conflict (id) do update set
  kind = excluded.kind, name = excluded.name, said_media_type = excluded.said_media_type,
  said_bytes = excluded.said_bytes, part_hmac = excluded.part_hmac, sealed_by = excluded.sealed_by
where a.kind is null;

insert into attachment as a (
  id, tenant, conversation, message, stored_kind, stored_name, stored_by, state, media_type, bytes, blob, error, "offset"
)
select distinct on (id)
  (facts ->> 'attachment')::uuid as id, tenant, stream::uuid, (facts ->> 'message')::uuid,
  facts ->> 'kind', private ->> 'name', sealed_by,
  case type when 'attachment.stored' then 'stored' else 'failed' end,
  facts ->> 'media_type', (facts ->> 'bytes')::bigint, facts ->> 'blob',
  case type when 'attachment.failed' then concat_ws(' ', facts ->> 'reason', facts ->> 'code') end,
  "offset"
from batch
where type in ('attachment.stored', 'attachment.failed')
order by id, "offset" desc
on conflict (id) do update set
  stored_kind = excluded.stored_kind, stored_name = excluded.stored_name, stored_by = excluded.stored_by,
  state = excluded.state, media_type = excluded.media_type, bytes = excluded.bytes, blob = excluded.blob,
  error = excluded.error, "offset" = excluded."offset"
where a."offset" is null or excluded."offset" > a."offset";

-- 7. How far all messages of a conversation have come, where its contact is reached, and its labels.
update conversation as c set
  delivered_until = greatest(c.delivered_until, t.delivered_until),
  read_until = greatest(c.read_until, t.read_until)
from (
  select
    stream::uuid as conversation,
    max((facts ->> 'until')::timestamptz) filter (where facts ->> 'status' = 'delivered') as delivered_until,
    max((facts ->> 'until')::timestamptz) filter (where facts ->> 'status' = 'read') as read_until
  from batch
  where type = 'message.progress'
  group by stream
) as t
where c.id = t.conversation;

update conversation as c set
  contact_address = coalesce(t.address, c.contact_address), thread = coalesce(t.thread, c.thread),
  address_hmac = t.address_hmac
from (
  select distinct on (stream, facts ->> 'contact')
    stream::uuid as conversation, (facts ->> 'contact')::uuid as contact, private ->> 'address' as address,
    private ->> 'thread' as thread, facts ->> 'address_hmac' as address_hmac
  from batch
  where type = 'contact.moved'
  order by stream, facts ->> 'contact', "offset" desc
) as t
where c.id = t.conversation and c.contact = t.contact;

-- At most 50 of at most 100 characters. Those that were written before labels were sealed stand among the facts, and go
-- with the contact all the same: nobody can say any more where an erased contact was reached.
update conversation as c set labels = t.labels
from (
  select distinct on (stream)
    stream::uuid as conversation, sealed_by,
    array(
      select left(label.value, 100)
      from jsonb_array_elements_text(
        case when sealed_by is null then facts -> 'labels' else private -> 'labels' end
      ) with ordinality as label
      order by label.ordinality
      limit 50
    ) as labels
  from batch
  where type = 'conversation.labelled'
  order by stream, "offset" desc
) as t
where c.id = t.conversation and (t.sealed_by is not null or c.contact_address is not null);

-- 8. What contacts said of hearing from us.
insert into consent as c (tenant, conversation, contact, scope, state, source, at, "offset")
select distinct on (conversation, contact, scope)
  tenant, conversation, contact, scope, state, source, time, "offset"
from (
  select
    tenant, stream::uuid as conversation, (facts ->> 'contact')::uuid as contact, facts ->> 'scope' as scope,
    facts ->> 'state' as state, facts ->> 'source' as source, time, "offset"
  from batch
  where type = 'consent.changed'
) as b
order by conversation, contact, scope, "offset" desc
on conflict (conversation, contact, scope) do update set
  state = excluded.state, source = excluded.source, at = excluded.at, "offset" = excluded."offset"
where excluded."offset" > c."offset";

-- 9. What was understood of messages.
insert into classification as c (
  message, tenant, conversation, "offset", language, sentiment, sentiment_score, intent, confidence,
  out_of_scope, model_revision
)
select distinct on (message)
  (facts ->> 'message')::uuid as message, tenant, stream::uuid, "offset", facts ->> 'language',
  facts ->> 'sentiment', (facts ->> 'sentiment_score')::double precision, facts ->> 'intent',
  (facts ->> 'confidence')::double precision, (facts ->> 'out_of_scope')::boolean,
  (facts ->> 'model_revision')::integer
from batch
where type = 'message.classified'
order by message, "offset" desc
on conflict (message) do update set
  "offset" = excluded."offset", language = excluded.language, sentiment = excluded.sentiment,
  sentiment_score = excluded.sentiment_score, intent = excluded.intent, confidence = excluded.confidence,
  out_of_scope = excluded.out_of_scope, model_revision = excluded.model_revision
where excluded."offset" > c."offset";
