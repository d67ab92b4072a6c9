-- The next records of several partitions, at most `most` in all, partition after partition in the order given.
-- Values of types that are not wanted are left out; the last row of each partition tells how far was read.
create or replace function log.read_on(
  topics smallint[], partitions integer[], offsets bigint[], most integer, wanted text[]
) returns table (
  topic smallint, partition integer, "offset" bigint, is_wanted boolean, id uuid, type text, key text,
  tenant uuid, "time" timestamptz, source text, causation uuid, correlation uuid, traceparent text,
  value bytea
)
language plpgsql stable
set search_path = log, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
-- A batch of records is gathered before it is returned; it should not go by way of a file.
set work_mem = '64MB'
as $$
declare
  remaining integer := most;
  found_here integer;
begin
  for i in 1 .. cardinality(partitions) loop
    return query
    select
      r.topic, r.partition, r."offset", r.is_wanted,
      r.id, r.type, r.key, r.tenant, r.time, r.source, r.causation, r.correlation, r.traceparent,
      case when r.is_wanted then r.value end
    from (
      select
        s.*,
        (wanted is null or s.type = any (wanted)) as is_wanted,
        s."offset" = max(s."offset") over () as is_last
      from (
        select * from log.record as r
        where r.topic = topics[i] and r.partition = partitions[i] and r."offset" >= offsets[i]
        order by r."offset"
        limit remaining
      ) as s
    ) as r
    where r.is_wanted or r.is_last
    order by r."offset";
    get diagnostics found_here = row_count;
    remaining := remaining - found_here;
    exit when remaining <= 0;
  end loop;
end
$$;
