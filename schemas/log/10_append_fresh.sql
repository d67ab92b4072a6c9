-- Appends events that are not in the log yet; `ranks` count from 0 within each partition. Returns the offset
-- that rank 0 of each partition has, or nothing at all when an id is known already: then `log.append` decides
-- event by event. Locks and numbering are as described there.
create or replace function log.append_fresh(
  topics smallint[], partitions integer[], ranks integer[], ids uuid[], types text[], keys text[],
  tenants uuid[], times timestamptz[], sources text[], causations uuid[], correlations uuid[],
  traceparents text[], bodies bytea[]
) returns table (topic smallint, partition integer, first bigint)
language plpgsql
as $$
declare
  head_topics smallint[];
  head_partitions integer[];
  heads bigint[];
begin
  perform set_config('lock_timeout', '8s', true);
  -- Where little is asked an event comes alone: to unfold arrays of one takes longer than all the rest.
  if cardinality(ids) = 1 then
    topic := topics[1];
    partition := partitions[1];
    perform pg_advisory_xact_lock(topics[1]::integer, partitions[1]);
    insert into log.record as n
    select
      topics[1], partitions[1],
      coalesce(
        (
          select r."offset" + 1 from log.record as r
          where r.topic = topics[1] and r.partition = partitions[1]
          order by r."offset" desc limit 1
        ),
        (
          select w."offset" from log.low_water as w
          where w.topic = topics[1] and w.partition = partitions[1]
        ),
        0
      ),
      ids[1], types[1], keys[1], tenants[1], times[1], sources[1], causations[1], correlations[1],
      traceparents[1], bodies[1]
    on conflict do nothing
    returning n."offset" into first;
    if found then
      return next;
    end if;
    return;
  end if;

  select array_agg(t.topic), array_agg(t.partition) into head_topics, head_partitions
  from (
    select distinct u.topic, u.partition from unnest(topics, partitions) as u (topic, partition)
    order by 1, 2
  ) as t;
  for i in 1 .. cardinality(head_topics) loop
    perform pg_advisory_xact_lock(head_topics[i]::integer, head_partitions[i]);
  end loop;

  select array_agg(
    coalesce(
      (
        select r."offset" + 1 from log.record as r
        where r.topic = h.topic and r.partition = h.partition
        order by r."offset" desc limit 1
      ),
      (
        select w."offset" from log.low_water as w
        where w.topic = h.topic and w.partition = h.partition
      ),
      0
    ) order by h.ordinal
  ) into heads
  from unnest(head_topics, head_partitions) with ordinality as h (topic, partition, ordinal);

  begin
    insert into log.record
    select
      t.topic, t.partition, h.next + t.rank, t.id, t.type, t.key, t.tenant, t.time, t.source, t.causation,
      t.correlation, t.traceparent, t.value
    from unnest(
      topics, partitions, ranks, ids, types, keys, tenants, times, sources, causations, correlations,
      traceparents, bodies
    ) as t (
      topic, partition, rank, id, type, key, tenant, time, source, causation, correlation, traceparent, value
    )
    join unnest(head_topics, head_partitions, heads) as h (topic, partition, next)
      on h.topic = t.topic and h.partition = t.partition;
  exception when unique_violation then
    return;
  end;

  return query select * from unnest(head_topics, head_partitions, heads);
end
$$;
