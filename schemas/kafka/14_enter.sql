-- The epoch in which the relay publishes from now on, given the record with the highest number that Kafka's copy
-- of each partition holds near its end.
--
-- The numbers of the present epoch are this database's own as long as that record is the row of that number. Is it
-- another one, or none, then the database was restored from a backup after the record was published, and a new
-- epoch begins, above all that Kafka has. A number below what was acknowledged says nothing: its row is gone.
create or replace function kafka.enter(
  topics smallint[], partitions integer[], epochs bigint[], numbers bigint[], ids uuid[]
) returns table (epoch bigint, is_new boolean)
language sql
set search_path = kafka, log, pg_catalog
begin atomic
  with present as (
    select coalesce(max(e.epoch), 0) as epoch from kafka.epoch as e
  ),
  strange as (
    select t.epoch
    from unnest(topics, partitions, epochs, numbers, ids) as t (topic, partition, epoch, number, id)
    cross join present as p
    where
      t.epoch > p.epoch
      or t.epoch = p.epoch
      and not exists (
        select from kafka.published as k
        where k.topic = t.topic and k.partition = t.partition and k.sequence > t.number
      )
      and not exists (
        select from log.record as r
        where r.topic = t.topic and r.partition = t.partition and r."offset" = t.number and r.id = t.id
      )
  ),
  begun as (
    insert into kafka.epoch (epoch)
    select max(s.epoch) + 1 from strange as s having count(*) > 0
    returning kafka.epoch.epoch
  )
  select coalesce(b.epoch, p.epoch), b.epoch is not null
  from present as p left join begun as b on true;
end;
