-- Makes this transaction ready to take erased contacts out of a build: with the build's schema in front and the table
-- `erased`, a row for each conversation that a contact was in. Batches that were opened before cannot be written any
-- more: whoever moves a live build on opens them again.
create or replace function projection.begin_erase(
  of_schema text, contacts uuid[], conversations uuid[]
) returns void
language plpgsql
as $$
begin
  update projection.lease as l set owner = null, epoch = l.epoch + 1, expires_at = '-infinity'
  from projection.version as v
  where v.schema = of_schema and v.state = 'live' and l.schema = v.schema;
  create temporary table if not exists erased (contact uuid not null, conversation uuid not null)
  on commit delete rows;
  insert into pg_temp.erased (contact, conversation) select * from unnest(contacts, conversations);
  perform set_config('search_path', format('%I, pg_temp', of_schema), true);
end
$$;
