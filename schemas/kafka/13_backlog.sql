-- How many rows wait to be published, and for how many seconds the oldest of them has.
create or replace function kafka.backlog() returns table (waiting bigint, age double precision)
language sql stable
set search_path = kafka, log, pg_catalog
begin atomic
  select
    coalesce(sum(p.last - p.published), 0)::bigint,
    coalesce(greatest(extract(epoch from now() - min(r.time)), 0), 0)::double precision
  from log.topic as t
  cross join lateral kafka.pending(t.topic) as p
  left join log.record as r
    on r.topic = t.topic and r.partition = p.partition and r."offset" = p.published + 1;
end;
