-- The next offset of every partition of a topic, in order of partition.
create or replace function log.ends(of_topic smallint) returns table (partition integer, "offset" bigint)
language sql stable
as $$
  select
    p.partition,
    coalesce(
      (
        select r."offset" + 1 from log.record as r
        where r.topic = of_topic and r.partition = p.partition
        order by r."offset" desc limit 1
      ),
      (
        select w."offset" from log.low_water as w
        where w.topic = of_topic and w.partition = p.partition
      ),
      0
    )
  from log.topic as t
  cross join lateral generate_series(0, t.partitions - 1) as p (partition)
  where t.topic = of_topic
  order by p.partition
$$;
