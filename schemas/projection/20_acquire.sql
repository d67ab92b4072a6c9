-- Takes the lease of a build when it is free or has run out; null while someone else holds it. A row that is
-- locked belongs to a rebuild that is comparing, so it is not waited for. A lease that lasts far longer than leases do was
-- taken while the server's date was ahead: it is cut to the length of one, and whoever has it renews it within that.
create or replace function projection.acquire(of_schema text, by_owner uuid, for_seconds double precision)
returns bigint
language sql
begin atomic
  update projection.lease as l set expires_at = clock_timestamp() + make_interval(secs => for_seconds)
  from (
    select f.schema from projection.lease as f
    where f.schema = of_schema and f.expires_at > clock_timestamp() + make_interval(secs => for_seconds * 2)
    for update skip locked
  ) as odd
  where l.schema = odd.schema;

  update projection.lease as l
  set
    owner = by_owner, epoch = l.epoch + 1,
    expires_at = clock_timestamp() + make_interval(secs => for_seconds)
  from (
    select f.schema from projection.lease as f
    where f.schema = of_schema and (f.owner = by_owner or f.expires_at < clock_timestamp())
    for update skip locked
  ) as free
  where l.schema = free.schema
  returning l.epoch;
end;

-- Takes the lease of a build from whoever has it, once the batch that is being applied is committed.
create or replace function projection.seize(of_schema text, by_owner uuid, for_seconds double precision)
returns bigint
language sql
begin atomic
  update projection.lease as l
  set
    owner = by_owner, epoch = l.epoch + 1,
    expires_at = clock_timestamp() + make_interval(secs => for_seconds)
  where l.schema = of_schema
  returning l.epoch;
end;

-- Holds a lease longer; false when it was lost.
create or replace function projection.renew(of_schema text, of_epoch bigint, for_seconds double precision)
returns boolean
language sql
begin atomic
  with renewed as (
    update projection.lease as l
    set expires_at = clock_timestamp() + make_interval(secs => for_seconds)
    where l.schema = of_schema and l.epoch = of_epoch
    returning l.schema
  )
  select exists (select from renewed);
end;

-- Gives a lease up, so that the next one need not wait for it to run out.
create or replace function projection.release(of_schema text, of_epoch bigint) returns void
language sql
begin atomic
  update projection.lease as l set owner = null, expires_at = '-infinity'
  where l.schema = of_schema and l.epoch = of_epoch;
end;
