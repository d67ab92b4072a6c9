-- The partitions of a topic that have rows to be published: the highest number that was, -1 when none was, and
-- the last that waits.
create or replace function kafka.pending(
  of_topic smallint
) returns table (partition integer, published bigint, last bigint)
language plpgsql stable
set search_path = kafka, log, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select d.partition, d.published, d.last
  from (
    select
      p.partition,
      coalesce(
        (
          select k.sequence from kafka.published as k
          where k.topic = of_topic and k.partition = p.partition
          order by k.sequence desc limit 1
        ),
        -1
      ) as published,
      (
        select r."offset" from log.record as r
        where r.topic = of_topic and r.partition = p.partition
        order by r."offset" desc limit 1
      ) as last
    from log.topic as t
    cross join lateral generate_series(0, t.partitions - 1) as p (partition)
    where t.topic = of_topic
  ) as d
  where d.last > d.published;
end
$$;
