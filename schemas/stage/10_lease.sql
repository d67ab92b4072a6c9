-- The server's date may be set ahead and back again, by an hour or by days. While it is ahead, leases run out at once and
-- change hands; the epochs make that safe. What it leaves behind once it is right again is mended here: a lease that
-- lasts far longer than leases do is cut to the length of one, and whoever was seen in the future was seen now. Work that
-- is due at once is due since 1970, so that no date of the server's is compared with one of an owner's.

-- Whether nobody holds the advisory lock of a session any more.
create or replace function stage.session_is_gone(session bigint) returns boolean
language sql volatile
as $$ select pg_try_advisory_xact_lock_shared(session) $$;

-- Ends sessions whose client stands still within a transaction, and so holds its locks, leases and the log's partitions
-- among them, where the server's own time-out does not: one that has sent a part of a batch and for `silence` not the rest
-- is not idle to the server; and one that began to idle in the future is not ended before that. Who comes back is told
-- that its session is gone, as after any cut. (A COPY for whose data the server waits counts from its begin: none of an
-- engine takes so long.)
create or replace function stage.end_stalled(silence interval) returns void
language sql
as $$
  select pg_terminate_backend(a.pid) from pg_stat_activity as a
  where
    a.datname = current_database() and a.usename = current_user and a.application_name like 'aigentable%'
    and (
      (a.state = 'active' and a.wait_event = 'ClientRead' and a.state_change < pg_catalog.clock_timestamp() - silence)
      or (
        (a.state like 'idle in transaction%' or (a.state = 'active' and a.wait_event = 'ClientRead'))
        and a.state_change > pg_catalog.clock_timestamp() + silence
      )
    )
$$;

-- Says, on the connection that stands for the owner, that it lives, and takes the session's lock if it can be
-- had: a connection that broke unnoticed may still hold it for this owner.
create or replace function stage.heartbeat(me uuid, my_session bigint) returns void
language plpgsql
as $$
begin
  perform pg_try_advisory_lock(my_session);
  -- Asked first: what is offered and not taken still locks the row, and that is written.
  if not exists (
    select from stage.owner as o
    where
      o.id = me
      and o.seen_at between clock_timestamp() - interval '5 seconds' and clock_timestamp() + interval '5 seconds'
  ) then
    insert into stage.owner as o (id, session, seen_at) values (me, my_session, clock_timestamp())
    on conflict (id) do update set seen_at = excluded.seen_at;
    -- Those whose sessions last were seen long ago by a date that is days ahead.
    delete from stage.owner as o
    where o.seen_at < clock_timestamp() - interval '1 day' and stage.session_is_gone(o.session);
    perform stage.end_stalled('15 seconds');
  end if;
end
$$;

-- How many partitions of a stage this owner should hold: an even share among the owners that live. What does
-- not divide goes to those that hold most, so that nothing moves without need.
create or replace function stage.share(
  of_stage text, partitions integer, me uuid, ttl interval
) returns integer
language plpgsql
as $$
declare
  owners uuid[];
  place integer;
begin
  select array_agg(c.owner) into owners
  from stage.claimant as c
  join stage.owner as o on o.id = c.owner
  where
    c.stage = of_stage
    and (
      c.owner = me
      or (c.seen_at > clock_timestamp() - ttl and not stage.session_is_gone(o.session))
    );
  if me <> all (coalesce(owners, '{}')) then
    return 0;
  end if;
  -- Mostly it divides, and nobody need be counted.
  if partitions % cardinality(owners) = 0 then
    return partitions / cardinality(owners);
  end if;
  with held as (
    select u.owner, (select count(*) from stage.lease as l where l.stage = of_stage and l.owner = u.owner) as held
    from unnest(owners) as u (owner)
  )
  select count(*) into place
  from held as h, held as mine
  where mine.owner = me and (h.held > mine.held or (h.held = mine.held and h.owner <= me));
  return partitions / cardinality(owners) + (place <= partitions % cardinality(owners))::integer;
end
$$;

-- Renews this owner's leases of a stage, those too that ran out but were not taken, and returns them. Writes
-- only once a third of their time has passed.
create or replace function stage.renew(
  of_stage text, me uuid, ttl interval
) returns table (partition integer, epoch bigint)
language plpgsql
as $$
begin
  update stage.lease as l set expires_at = clock_timestamp() + ttl
  where
    l.stage = of_stage and l.owner = me
    and (l.expires_at < clock_timestamp() + ttl * 2 / 3 or l.expires_at > clock_timestamp() + ttl * 2);

  return query
  select l.partition, l.epoch from stage.lease as l
  where l.stage = of_stage and l.owner = me
  order by l.partition;
end
$$;

-- Cuts the leases of a stage that last far longer than `ttl`, and lets those that were seen in the future be seen now: see
-- above. Who holds such a lease has the length of one to renew it.
create or replace function stage.mend_dates(of_stage text, ttl interval) returns void
language sql
as $$
  update stage.lease as l set expires_at = clock_timestamp() + ttl
  from (
    select f.partition from stage.lease as f
    where f.stage = of_stage and f.expires_at > clock_timestamp() + ttl * 2
    -- An owner that stalls within a transaction has it locked; another look comes soon.
    for update skip locked
  ) as odd
  where l.stage = of_stage and l.partition = odd.partition;

  update stage.claimant as c set seen_at = clock_timestamp()
  from (
    select f.owner from stage.claimant as f
    where f.stage = of_stage and f.seen_at > clock_timestamp() + ttl
    for update skip locked
  ) as odd
  where c.stage = of_stage and c.owner = odd.owner;

  select stage.end_stalled(ttl);
$$;

-- Has every owner give up what it holds, once what runs there has ended, and take nothing on: until this session ends.
create or replace function stage.halt() returns void
language sql volatile
as $$ select pg_advisory_lock(hashtextextended('stages halted', 0)) $$;

-- Whether somebody does. Whoever asks keeps the answer true until the end of its transaction.
create or replace function stage.is_halted() returns boolean
language sql volatile
as $$ select not pg_try_advisory_xact_lock_shared(hashtextextended('stages halted', 0)) $$;

-- Takes from owners that are absent what they still hold while stages are halted: they will not give it up, and nobody
-- takes it on. Absent is who let a lease run out and was not seen for `silence`, or whose session is gone. Should such an
-- owner come back, what it still does fails at the fence. Who is in a transaction is not absent. Returns how many
-- partitions were taken.
create or replace function stage.disown(silence interval) returns bigint
language sql volatile
as $$
  with absent as (
    select l.stage, l.partition from stage.lease as l
    left join stage.owner as o on o.id = l.owner
    where
      l.owner is not null and l.expires_at <= clock_timestamp()
      and (o.id is null or o.seen_at <= clock_timestamp() - silence or stage.session_is_gone(o.session))
    for update of l skip locked
  ),
  disowned as (
    update stage.lease as l set owner = null, epoch = l.epoch + 1, expires_at = '-infinity'
    from absent as a
    where l.stage = a.stage and l.partition = a.partition
    returning l.partition
  )
  select count(*) from disowned
$$;

-- What has not ended yet: partitions that an owner holds which lives, or whose lease has not run out; and sends whose
-- outcome may still be recorded, also by an owner that has given their partition up. Of older ones nobody knows the
-- outcome.
create or replace function stage.under_way() returns table (partitions bigint, sends bigint)
language plpgsql volatile
as $$
begin
  return query
  select
    (
      select count(*) from stage.lease as l
      left join stage.owner as o on o.id = l.owner
      where
        l.owner is not null
        and (l.expires_at > clock_timestamp() or (o.id is not null and not stage.session_is_gone(o.session)))
    ),
    (
      select count(*) from stage.waiting as w
      join stage.ledger as l on l.stage = w.stage and l.input = w.id
      where
        w.intent_at is not null and l.outcome is null
        and l.intent_at > clock_timestamp() - interval '40 seconds'
    );
end
$$;

-- Returns the share, too, since then.
drop function if exists stage.claim(text, integer, uuid, interval);

-- Renews this owner's leases of a stage and takes free ones up to its share. A lease is free when it ran out,
-- or when its owner's session is gone, whichever comes first. Returns all that it now holds, and of each how many it
-- should hold.
--
-- Call it outside any transaction: owners claim one after another, and who stalled in between would hold up
-- the others. Every stage of every process asks once a second, and mostly there is nothing to do: then nothing is
-- locked or written.
create function stage.claim(
  of_stage text, partitions integer, me uuid, ttl interval
) returns table (partition integer, epoch bigint, share integer)
language plpgsql
as $$
declare
  known integer;
  mine integer;
  first_end timestamptz;
  is_seen boolean;
  is_odd boolean;
  due integer;
  candidate record;
begin
  select
    count(*), count(*) filter (where l.owner = me), min(l.expires_at) filter (where l.owner = me),
    exists (
      select from stage.claimant as c
      where c.stage = of_stage and c.owner = me and c.seen_at >= clock_timestamp() - ttl / 3
    ),
    max(l.expires_at) > clock_timestamp() + ttl * 2
    or exists (
      select from stage.claimant as c where c.stage = of_stage and c.seen_at > clock_timestamp() + ttl
    )
  into known, mine, first_end, is_seen, is_odd
  from stage.lease as l where l.stage = of_stage;
  if is_odd then
    perform stage.mend_dates(of_stage, ttl);
  end if;
  -- Before the lock of those who claim, because it may wait for a transaction of this owner.
  if first_end < clock_timestamp() + ttl * 2 / 3 then
    update stage.lease as l set expires_at = clock_timestamp() + ttl
    where l.stage = of_stage and l.owner = me and l.expires_at < clock_timestamp() + ttl * 2 / 3;
  end if;
  if known < partitions then
    insert into stage.lease (stage, partition)
    select of_stage, p from generate_series(0, partitions - 1) as p
    on conflict do nothing;
  end if;
  if not is_seen then
    -- Nobody, if the owner was taken for gone: its next heartbeat brings it back.
    insert into stage.claimant as c (stage, owner, seen_at)
    select of_stage, o.id, clock_timestamp() from stage.owner as o where o.id = me for key share
    on conflict (stage, owner) do update set seen_at = greatest(c.seen_at, excluded.seen_at);
  end if;

  due := case when stage.is_halted() then 0 else stage.share(of_stage, partitions, me, ttl) end;
  if due > mine then
    perform pg_advisory_xact_lock(hashtextextended('stage claim ' || of_stage, 0));
    -- Others may have claimed until the lock was had.
    due := stage.share(of_stage, partitions, me, ttl);
    select count(*) into mine from stage.lease as l where l.stage = of_stage and l.owner = me;
  end if;
  if due > mine then
    for candidate in
      select l.partition from stage.lease as l
      left join stage.owner as o on o.id = l.owner
      where
        l.stage = of_stage
        and (
          l.owner is null or o.id is null
          or (l.owner <> me and (l.expires_at <= clock_timestamp() or stage.session_is_gone(o.session)))
        )
      order by l.partition
      limit due - mine
      for update of l skip locked
    loop
      update stage.lease as l
      set owner = me, epoch = l.epoch + 1, expires_at = clock_timestamp() + ttl
      where l.stage = of_stage and l.partition = candidate.partition;
      -- What the last owner left running is due again.
      update stage.waiting as w set due_at = 'epoch'
      where
        w.stage = of_stage and w.partition = candidate.partition
        and w.due_at is null and w.parked_reason is null
        and not exists (
          select from stage.waiting as b
          where
            b.stage = w.stage and b.partition = w.partition and b.key = w.key
            and b."offset" < w."offset" and not b.is_alone
        );
    end loop;
  end if;

  return query
  select l.partition, l.epoch, due from stage.lease as l
  where l.stage = of_stage and l.owner = me
  order by l.partition;
end
$$;

-- Gives leases back, so that another owner need not wait for them to run out.
create or replace function stage.release(of_stage text, me uuid, given integer[]) returns void
language sql
as $$
  update stage.lease set owner = null, expires_at = '-infinity'
  where stage = of_stage and owner = me and partition = any (given)
$$;

-- This owner does not count any more: the others' shares grow. What it still holds it keeps until it releases.
create or replace function stage.leave(of_stage text, me uuid) returns void
language sql
as $$ delete from stage.claimant where stage = of_stage and owner = me $$;
