-- What came of albums in groups of which no part was said to us yet: the inbound events as they are, sealed under keys of
-- their own. Another part may still name us, for a day.
create table if not exists stage.overheard (
  tenant uuid not null,
  -- As normalize notes that an album was said to us.
  album text not null,
  id uuid not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  type text not null,
  time timestamptz not null,
  source text not null,
  causation uuid,
  correlation uuid,
  traceparent text,
  value bytea not null,
  -- Of `keyring.inbound_key`: erasing a contact whom it concerns takes the row along.
  sealed_by uuid,
  kept_at timestamptz not null default clock_timestamp(),
  primary key (tenant, album, id)
);
alter table stage.overheard alter column value set storage external;
create index if not exists overheard_age on stage.overheard (kept_at);
create index if not exists overheard_seal on stage.overheard (sealed_by);

-- Of each album the first 100, in the order in which they came.
create or replace function stage.overheard_of(tenants uuid[], albums text[]) returns setof stage.overheard
language sql stable
as $$
  select o.*
  from unnest(tenants, albums) as a (tenant, album)
  cross join lateral (
    select * from stage.overheard as o
    where o.tenant = a.tenant and o.album = a.album
    order by o.partition, o."offset" limit 100
  ) as o
  order by o.tenant, o.album, o.partition, o."offset"
$$;

-- Keeps what is new. Some of what has been kept for a day goes with it, and waits for nobody. It is found by now(), not
-- clock_timestamp(), which no index serves: all that is kept would be read each time.
create or replace function stage.overhear(
  tenants uuid[], albums text[], ids uuid[], partitions integer[], offsets bigint[], keys text[], types text[],
  times timestamptz[], sources text[], causations uuid[], correlations uuid[], traceparents text[], bodies bytea[],
  seals uuid[]
) returns void
language sql
as $$
  insert into stage.overheard (
    tenant, album, id, partition, "offset", key, type, time, source, causation, correlation, traceparent, value, sealed_by
  )
  select * from unnest(
    tenants, albums, ids, partitions, offsets, keys, types, times, sources, causations, correlations, traceparents,
    bodies, seals)
  on conflict do nothing;
  delete from stage.overheard
  where (tenant, album, id) in (
    select o.tenant, o.album, o.id from stage.overheard as o
    where o.kept_at < now() - interval '1 day'
    order by o.kept_at
    limit 100
    for update skip locked
  );
$$;

-- Of albums that were said to us nothing need be kept.
create or replace function stage.forget_overheard(tenants uuid[], albums text[]) returns void
language sql
as $$
  delete from stage.overheard as o
  using unnest(tenants, albums) as a (tenant, album)
  where o.tenant = a.tenant and o.album = a.album;
$$;
