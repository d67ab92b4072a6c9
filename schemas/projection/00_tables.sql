-- What the projection runtime keeps of itself. The tables of a projection lie in schemas of their own.
create schema if not exists projection;

-- Every build of every version of a projection. The live one is the only one that readers are given.
create table if not exists projection.version (
  name text not null,
  version integer not null,
  build integer not null,
  schema text not null unique,
  -- SHA-256 of the folder that it was built from.
  hash text not null,
  state text not null check (state in ('building', 'live', 'retired', 'failed')),
  -- The definition as it was, so that a build runs on after its folder has changed.
  definition jsonb not null,
  apply text not null,
  indexes text not null,
  is_indexed boolean not null default false,
  -- The bounds of a bounded rebuild; an empty object is all.
  scope jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (name, version, build)
);

-- The pointer: at most one live build of a projection.
create unique index if not exists version_live on projection.version (name) where state = 'live';

-- Who moves a build on. A transaction that names a lower epoch than this fails.
create table if not exists projection.lease (
  schema text primary key references projection.version (schema) on delete cascade,
  owner uuid,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity'
);

-- How far a build has come. Rows are only inserted and the passed ones removed from time to time: a row that
-- is updated for every batch would bloat as long as any old snapshot is held in the database.
create table if not exists projection.progress (
  schema text not null references projection.version (schema) on delete cascade,
  topic smallint not null,
  partition integer not null,
  -- The next offset to apply.
  "offset" bigint not null,
  -- The highest outbox sequence number seen; only Kafka has them.
  sequence bigint,
  primary key (schema, topic, partition, "offset")
);

-- Events that a build could not apply, passed over with the reason.
create table if not exists projection.parked (
  schema text not null references projection.version (schema) on delete cascade,
  topic smallint not null,
  partition integer not null,
  "offset" bigint not null,
  event_id uuid not null,
  type text not null,
  tenant uuid not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  primary key (schema, topic, partition, "offset")
);

-- The role that readers take on: it may select from builds, under row-level security, and do nothing else.
do $$
begin
  if not exists (select from pg_roles where rolname = 'aigentable_reader') then
    begin
      create role aigentable_reader nologin;
    exception when duplicate_object or unique_violation then
      null;  -- made by someone else in between: roles belong to the whole server
    end;
  end if;
  if not pg_has_role(current_user, 'aigentable_reader', 'member') then
    execute format('grant aigentable_reader to %I', current_user);
  end if;
end
$$;
