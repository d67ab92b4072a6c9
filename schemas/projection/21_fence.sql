-- Fails unless this epoch still holds the build, and keeps it so until the transaction ends.
create or replace function projection.fence(of_schema text, of_epoch bigint) returns void
language plpgsql
as $$
begin
  perform from projection.lease as l where l.schema = of_schema and l.epoch = of_epoch for share;
  if not found then
    raise exception 'the lease on % was lost', of_schema using errcode = 'PL001';
  end if;
end
$$;
