-- Parts of the log that were moved to the archive: the records from `first` on and below `next`.
create table if not exists log.segment (
  topic smallint not null,
  partition integer not null,
  first bigint not null,
  next bigint not null check (next > first),
  -- Its name in the archive, and SHA-256 of what lies there.
  object text not null,
  sha256 bytea not null,
  bytes bigint not null,
  archived_at timestamptz not null default now(),
  primary key (topic, partition, first)
);

-- Notes a segment whose file is safe in the archive, and removes its records from the front of the partition.
-- Refused unless it begins where the partition does.
create or replace function log.archive_segment(
  of_topic smallint, of_partition integer, from_offset bigint, to_offset bigint, named text, digest bytea,
  has bigint
) returns void
language plpgsql
as $$
declare
  front bigint;
begin
  -- Against another archiver; appends touch the other end only.
  perform pg_advisory_xact_lock(hashtextextended('log archive', 0));
  select coalesce(max(w."offset"), 0) into front from log.low_water as w
  where w.topic = of_topic and w.partition = of_partition;
  if front <> from_offset then
    raise exception 'partition %/% begins at %, not at %', of_topic, of_partition, front, from_offset
      using errcode = 'PL010';
  end if;
  insert into log.segment (topic, partition, first, next, object, sha256, bytes)
  values (of_topic, of_partition, from_offset, to_offset, named, digest, has);
  insert into log.low_water (topic, partition, "offset") values (of_topic, of_partition, to_offset)
  on conflict (topic, partition) do update set "offset" = excluded."offset";
  delete from log.record as r
  where r.topic = of_topic and r.partition = of_partition and r."offset" >= from_offset and r."offset" < to_offset;
end
$$;

-- The end of what may be archived of each partition: records before `until`, all older than `at`, but not more than
-- `most`.
create or replace function log.archivable(
  at timestamptz, most integer
) returns table (topic smallint, partition integer, first bigint, next bigint)
language sql stable
as $$
  select t.topic, p.partition, f.first, f.next
  from log.topic as t
  cross join lateral generate_series(0, t.partitions - 1) as p (partition)
  cross join lateral (
    select
      min(r."offset") as first,
      -- Up to the first that is too young: what was appended later may carry an older time.
      coalesce(min(r."offset") filter (where r.time >= at), max(r."offset") + 1) as next
    from (
      select * from log.record as r
      where r.topic = t.topic and r.partition = p.partition
      order by r."offset" limit most
    ) as r
  ) as f
  where f.next > f.first
  order by 1, 2
$$;
