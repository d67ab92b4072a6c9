-- Appends events, given as parallel arrays, at the end of their partitions, as the last work before COMMIT.
-- Offsets are contiguous and in commit order because each partition's lock is held until the commit is
-- visible. An id that is in the log already keeps its place. Must run in READ COMMITTED, so that the
-- statement that numbers sees what was committed before the locks were had. Nobody waits for a lock as long as a session
-- may idle in a transaction: a client that stands still may have several in the queue, and each would hold the lock that
-- long once it got it.
create or replace function log.append(
  topics smallint[], partitions integer[], ids uuid[], types text[], keys text[], tenants uuid[],
  times timestamptz[], sources text[], causations uuid[], correlations uuid[], traceparents text[],
  bodies bytea[]
) returns table (ordinal bigint, "offset" bigint)
language plpgsql
as $$
begin
  perform set_config('lock_timeout', '8s', true);
  perform pg_advisory_xact_lock(l.topic, l.partition)
  from (
    select distinct t.topic::integer as topic, t.partition
    from unnest(topics, partitions) as t (topic, partition)
    order by 1, 2
  ) as l;

  return query
  with given as (
    select t.*
    from unnest(
      topics, partitions, ids, types, keys, tenants, times, sources, causations, correlations,
      traceparents, bodies
    ) with ordinality as t (
      topic, partition, id, type, key, tenant, time, source, causation, correlation, traceparent, value,
      ordinal
    )
  ),
  known as (
    select r.id, r."offset" from log.record as r where r.id = any (ids)
  ),
  fresh as (
    select distinct on (g.id) g.*
    from given as g
    where not exists (select from known as k where k.id = g.id)
    order by g.id, g.ordinal
  ),
  heads as (
    select
      p.topic,
      p.partition,
      coalesce(
        (
          select r."offset" + 1 from log.record as r
          where r.topic = p.topic and r.partition = p.partition
          order by r."offset" desc limit 1
        ),
        (
          select w."offset" from log.low_water as w
          where w.topic = p.topic and w.partition = p.partition
        ),
        0
      ) as next
    from (select distinct f.topic, f.partition from fresh as f) as p
  ),
  inserted as (
    insert into log.record
    select
      f.topic, f.partition,
      h.next - 1 + row_number() over (partition by f.topic, f.partition order by f.ordinal),
      f.id, f.type, f.key, f.tenant, f.time, f.source, f.causation, f.correlation, f.traceparent, f.value
    from fresh as f
    join heads as h on h.topic = f.topic and h.partition = f.partition
    order by f.topic, f.partition, f.ordinal
    returning log.record.id, log.record."offset"
  )
  select g.ordinal, coalesce(i."offset", k."offset")
  from given as g
  left join inserted as i on i.id = g.id
  left join known as k on k.id = g.id
  order by g.ordinal;
end
$$;
