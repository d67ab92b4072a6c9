-- Keeps what could not be applied, with the reason, for people to see.
create or replace function projection.park(
  of_schema text, topics smallint[], partitions integer[], offsets bigint[], event_ids uuid[], types text[],
  tenants uuid[], reasons text[]
) returns void
language sql
begin atomic
  insert into projection.parked (schema, topic, partition, "offset", event_id, type, tenant, reason)
  select of_schema, e.*
  from unnest(topics, partitions, offsets, event_ids, types, tenants, reasons) as e
  on conflict do nothing;
end;
