-- The next records of several partitions, at most `most` in all, partition after partition in the order given.
-- Only types that are wanted are fetched; `until` tells how far each partition was read, also where the row
-- holds no record. Offsets are contiguous, so a partition's share is known from its head. A partition whose records
-- from the given offset on were moved to the archive comes back with `until` below zero: -1 less the first offset
-- that is here.
create or replace function log.read_on(
  topics smallint[], partitions integer[], offsets bigint[], most integer, wanted text[]
) returns table (
  topic smallint, partition integer, until bigint, "offset" bigint, id uuid, type text, key text, tenant uuid,
  "time" timestamptz, source text, causation uuid, correlation uuid, traceparent text, value bytea
)
language sql stable
as $$
  with given as (
    select
      g.topic, g.partition, g.ordinal,
      g."offset" as first,
      (
        select w."offset" from log.low_water as w
        where w.topic = g.topic and w.partition = g.partition
      ) as low,
      (
        select r."offset" + 1 from log.record as r
        where r.topic = g.topic and r.partition = g.partition
        order by r."offset" desc limit 1
      ) as head
    from unnest(topics, partitions, offsets) with ordinality as g (topic, partition, "offset", ordinal)
  ),
  share as (
    select
      g.topic, g.partition, g.first,
      least(
        g.head,
        g.first + most
        - coalesce(sum(g.head - g.first) over (order by g.ordinal rows unbounded preceding exclude current row), 0)
      )::bigint as until
    from given as g
    where g.head > g.first and (g.low is null or g.first >= g.low)
  )
  select
    s.topic, s.partition, s.until, r."offset", r.id, r.type, r.key, r.tenant, r.time, r.source, r.causation,
    r.correlation, r.traceparent, r.value
  from share as s
  left join lateral (
    select * from log.record as r
    where
      r.topic = s.topic and r.partition = s.partition and r."offset" >= s.first and r."offset" < s.until
      and (wanted is null or r.type = any (wanted))
    order by r."offset"
  ) as r on true
  where s.until > s.first
  union all
  select
    g.topic, g.partition, -1 - g.low, null, null, null, null, null, null, null, null, null, null, null
  from given as g
  where g.first < g.low
$$;
