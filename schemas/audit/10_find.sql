-- Where an event stands in the trees: which partition, and how many leaves lie before it. Looks through the packed
-- ids of every block, since the log itself may not be indexed by id.
create or replace function audit.find(event uuid) returns table (topic smallint, partition integer, leaf bigint)
language sql stable
as $$
  select b.topic, b.partition, b.number * 1024 + i.leaf
  from audit.block as b
  cross join lateral generate_series(0, octet_length(b.places) / 24 - 1) as i (leaf)
  where
    position(uuid_send(event) in b.places) > 0
    and substring(b.places from i.leaf * 24 + 1 for 16) = uuid_send(event)
  order by 1, 2, 3
$$;
