-- Begins a run of a copy: no other may be under way. Returns whether the one before ended in order.
create or replace function kafka.begin_copy() returns boolean
language plpgsql
as $$
declare
  was_settled boolean;
begin
  -- A run that has just ended may not have closed its session yet.
  perform set_config('lock_timeout', '2s', true);
  begin
    perform pg_advisory_lock(hashtextextended('aigentable log copy', 0));
  exception when lock_not_available then
    raise exception 'another copy of the log is under way' using errcode = 'PL021';
  end;
  select c.is_settled into was_settled from kafka.copy as c;
  insert into kafka.copy (is_settled) values (false)
  on conflict (only_row) do update set is_settled = false;
  return coalesce(was_settled, true);
end
$$;

create or replace function kafka.end_copy() returns void
language sql
as $$ update kafka.copy set is_settled = true $$;

drop function if exists kafka.workers();

-- Keeps everyone from appending for as long as this session lives. Whoever appends takes the same locks in the same
-- order; what has them now is waited for.
create or replace function kafka.hold_appends() returns void
language plpgsql
as $$
declare
  place record;
begin
  for place in
    select t.topic::integer as topic, p.partition
    from log.topic as t
    cross join lateral generate_series(0, t.partitions - 1) as p (partition)
    order by 1, 2
  loop
    perform pg_advisory_lock(place.topic, place.partition);
  end loop;
end
$$;

-- Where each partition ends.
create or replace function kafka.ends() returns table (topic smallint, partition integer, "offset" bigint)
language sql stable
as $$
  select t.topic, e.partition, e."offset" from log.topic as t cross join lateral log.ends(t.topic) as e
$$;

-- Ends every session that takes the embedded log for the log, but this one, and waits until they are gone; returns how
-- many there were. A new one is refused (`kafka.refuse_embedded`).
create or replace function kafka.end_others() returns bigint
language plpgsql volatile
as $$
declare
  others integer[];
begin
  select array_agg(a.pid) into others from pg_stat_activity as a
  where a.datname = current_database() and a.application_name like 'aigentable%' and a.pid <> pg_backend_pid();
  perform pg_terminate_backend(o.pid) from unnest(others) as o (pid);
  -- Up to ten seconds each; who is gone already is no server process any more.
  perform pg_terminate_backend(a.pid, 10000) from pg_stat_activity as a where a.pid = any (others);
  perform pg_stat_clear_snapshot();
  if exists (select from pg_stat_activity as a where a.pid = any (others)) then
    raise exception 'sessions of engines do not end' using errcode = 'PL023';
  end if;
  return coalesce(cardinality(others), 0);
end
$$;

-- Makes of the embedded log the outbox of Kafka, which has everything below `offsets` at these very offsets. Once
-- that is so nobody takes the embedded log for the log any more: sessions that did are gone before it.
create or replace function kafka.move(topics smallint[], partitions integer[], offsets bigint[]) returns void
language plpgsql
as $$
begin
  if exists (select from kafka.published) or exists (select from kafka.home) then
    raise exception 'this database has an outbox already' using errcode = 'PL020';
  end if;
  -- Held already, unless the connection broke since.
  perform kafka.hold_appends();
  if exists (
    select * from kafka.ends() except select * from unnest(topics, partitions, offsets)
  ) then
    raise exception 'something was appended meanwhile' using errcode = 'PL022';
  end if;
  -- Who comes now waits until this is decided, and is refused after it.
  perform set_config('lock_timeout', '10s', true);
  begin
    lock table kafka.home in access exclusive mode;
  exception when lock_not_available then
    raise exception 'somebody reads all tables, as a dump does; nothing was changed' using errcode = 'PL023';
  end;
  perform kafka.end_others();
  insert into kafka.published (topic, partition, sequence)
  select t.topic, t.partition, t."offset" - 1
  from unnest(topics, partitions, offsets) as t (topic, partition, "offset")
  where t."offset" > 0;
  insert into kafka.home default values;
  delete from kafka.copy;
end
$$;

-- Removes records that Kafka has, but for the last of each partition, from which the outbox goes on numbering.
-- Returns how many.
create or replace function kafka.remove_moved(most integer) returns bigint
language plpgsql
as $$
declare
  removed bigint;
begin
  with old as (
    select r.topic, r.partition, r."offset"
    from (
      select k.topic, k.partition, max(k.sequence) as sequence from kafka.published as k group by 1, 2
    ) as k
    cross join lateral (
      select * from log.record as r
      where r.topic = k.topic and r.partition = k.partition and r."offset" < k.sequence
      order by r."offset" limit most
    ) as r
  )
  delete from log.record as r using old as o
  where r.topic = o.topic and r.partition = o.partition and r."offset" = o."offset";
  get diagnostics removed = row_count;
  return removed;
end
$$;
