-- Notes that numbers `firsts` to `lasts` of partitions were published, and deletes their rows but for the
-- last of each partition, from which the next number follows; then tells whoever waits for it. The lower bounds
-- keep the scans off rows that are dead already.
create or replace function kafka.settle(
  topics smallint[], partitions integer[], firsts bigint[], lasts bigint[]
) returns void
language sql
set search_path = kafka, log, pg_catalog
begin atomic
  insert into kafka.published (topic, partition, sequence)
  select d.topic, d.partition, d.last
  from unnest(topics, partitions, lasts) as d (topic, partition, last)
  on conflict do nothing;

  delete from kafka.published as k
  using unnest(topics, partitions, firsts, lasts) as d (topic, partition, first, last)
  where k.topic = d.topic and k.partition = d.partition and k.sequence >= d.first - 1 and k.sequence < d.last;

  delete from log.record as r
  using unnest(topics, partitions, firsts, lasts) as d (topic, partition, first, last)
  where r.topic = d.topic and r.partition = d.partition and r."offset" >= d.first - 1 and r."offset" < d.last;

  select pg_notify('aigentable_outbox', string_agg(distinct d.topic::text, ','))
  from unnest(topics) as d (topic);
end;
