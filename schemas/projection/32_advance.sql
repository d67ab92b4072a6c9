-- Records how far a build has come, in the transaction that applied what lies before. Fenced here, at its end:
-- the lease row is then locked for a moment only, and its renewal need not wait for batches.
create or replace function projection.advance(
  of_schema text, of_epoch bigint, topics smallint[], partitions integer[], offsets bigint[], sequences text[]
) returns void
language sql
begin atomic
  select projection.fence(of_schema, of_epoch);
  insert into projection.progress (schema, topic, partition, "offset", sequence)
  select of_schema, m.topic, m.partition, m."offset", m.sequence::bigint
  from unnest(topics, partitions, offsets, sequences) as m (topic, partition, "offset", sequence)
  on conflict do nothing;
end;

-- Where a build stands in each partition that it has read from.
create or replace function projection.position(of_schema text)
returns table (topic smallint, partition integer, "offset" bigint, sequence bigint)
language sql stable
begin atomic
  select distinct on (p.topic, p.partition) p.topic, p.partition, p."offset", p.sequence
  from projection.progress as p
  where p.schema = of_schema
  order by p.topic, p.partition, p."offset" desc;
end;

-- Removes the rows of progress that later ones have replaced.
create or replace function projection.trim(of_schema text) returns void
language sql
begin atomic
  delete from projection.progress as p
  using projection.position(of_schema) as l
  where p.schema = of_schema and p.topic = l.topic and p.partition = l.partition
    and p."offset" < l."offset";
end;
