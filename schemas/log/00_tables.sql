-- The embedded log. Rows are only ever inserted; the archive removes whole prefixes and records how far.
--
-- The connections that call the functions beside this file prefer indexes (`PostgresPool`): they keep their
-- plans, and one that was made while a table was nearly empty would read all of it later.
create schema if not exists log;

create table if not exists log.topic (
  topic smallint primary key,
  name text not null unique,
  partitions integer not null check (partitions > 0)
);

-- What was removed from the front of a partition: its first readable offset.
create table if not exists log.low_water (
  topic smallint not null,
  partition integer not null,
  "offset" bigint not null,
  primary key (topic, partition)
);

create table if not exists log.record (
  topic smallint not null,
  partition integer not null,
  "offset" bigint not null,
  id uuid not null,
  type text not null,
  key text not null,
  tenant uuid not null,
  time timestamptz not null,
  source text not null,
  causation uuid,
  correlation uuid,
  traceparent text,
  value bytea not null,
  primary key (topic, partition, "offset"),
  unique (id)
);

-- Values are sealed and do not compress. Most fit a page: there they are read without a second table.
alter table log.record alter column value set storage external;
alter table log.record set (toast_tuple_target = 8160);

-- A row never changes: it is frozen while its page is still in memory, as often for a large log as for a small one. By the
-- defaults a fifth of the log would be read again at once, and every page written twice more, each a whole one in the WAL.
alter table log.record set (
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_freeze_min_age = 0
);
