insert into notice (id, tenant, connection, channel, kind, at, provider_time, reply_hmac)
select
  event_id, tenant, (facts ->> 'connection')::uuid, facts ->> 'channel', facts ->> 'kind', time,
  (facts ->> 'provider_time')::timestamptz, facts ->> 'reply_hmac'
from batch
where type = 'connection.notified'
order by topic, partition, "offset"
on conflict (id) do nothing;
