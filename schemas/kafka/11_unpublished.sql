-- The first number of every partition that was not published yet.
create or replace function kafka.unpublished() returns table (topic smallint, partition integer, next bigint)
language sql stable
set search_path = kafka, log, pg_catalog
begin atomic
  select
    t.topic,
    p.partition,
    coalesce(
      (
        select k.sequence + 1 from kafka.published as k
        where k.topic = t.topic and k.partition = p.partition
        order by k.sequence desc limit 1
      ),
      0
    )
  from log.topic as t
  cross join lateral generate_series(0, t.partitions - 1) as p (partition)
  order by t.topic, p.partition;
end;
