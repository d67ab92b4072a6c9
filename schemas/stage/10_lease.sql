-- Whether nobody holds the advisory lock of a session any more.
create or replace function stage.session_is_gone(session bigint) returns boolean
language sql volatile
as $$ select pg_try_advisory_xact_lock_shared(session) $$;

-- Says, on the connection that stands for the owner, that it lives, and takes the session's lock if it can be
-- had: a connection that broke unnoticed may still hold it for this owner.
create or replace function stage.heartbeat(me uuid, my_session bigint) returns void
language plpgsql
as $$
begin
  perform pg_try_advisory_lock(my_session);
  insert into stage.owner as o (id, session, seen_at) values (me, my_session, clock_timestamp())
  on conflict (id) do update set seen_at = excluded.seen_at
  where o.seen_at < excluded.seen_at - interval '5 seconds';
  delete from stage.owner where seen_at < clock_timestamp() - interval '1 day';
end
$$;

-- How many partitions of a stage this owner should hold: an even share among the owners that live. What does
-- not divide goes to those that hold most, so that nothing moves without need.
create or replace function stage.share(
  of_stage text, partitions integer, me uuid, ttl interval
) returns integer
language sql volatile
as $$
  with live as (
    select
      c.owner,
      (select count(*) from stage.lease as l where l.stage = of_stage and l.owner = c.owner) as held
    from stage.claimant as c
    join stage.owner as o on o.id = c.owner
    where
      c.stage = of_stage
      and (
        c.owner = me
        or (c.seen_at > clock_timestamp() - ttl and not stage.session_is_gone(o.session))
      )
  ),
  ranked as (
    select
      owner, count(*) over () as owners, row_number() over (order by held desc, owner) as place
    from live
  )
  select coalesce(
    (
      select partitions / owners + (place <= partitions % owners)::integer
      from ranked where owner = me
    ), 0
  )::integer
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
  where l.stage = of_stage and l.owner = me and l.expires_at < clock_timestamp() + ttl * 2 / 3;

  return query
  select l.partition, l.epoch from stage.lease as l
  where l.stage = of_stage and l.owner = me
  order by l.partition;
end
$$;

-- Renews this owner's leases of a stage and takes free ones up to its share. A lease is free when it ran out,
-- or when its owner's session is gone, whichever comes first. Returns all that it now holds.
--
-- Call it outside any transaction: owners claim one after another, and who stalled in between would hold up
-- the others.
create or replace function stage.claim(
  of_stage text, partitions integer, me uuid, ttl interval
) returns table (partition integer, epoch bigint)
language plpgsql
as $$
declare
  mine integer;
  candidate record;
begin
  -- First, because it may wait for a transaction of this owner.
  select count(*) into mine from stage.renew(of_stage, me, ttl);
  perform pg_advisory_xact_lock(hashtextextended('stage claim ' || of_stage, 0));

  insert into stage.lease (stage, partition)
  select of_stage, p from generate_series(0, partitions - 1) as p
  on conflict do nothing;

  insert into stage.claimant as c (stage, owner, seen_at) values (of_stage, me, clock_timestamp())
  on conflict (stage, owner) do update set seen_at = excluded.seen_at
  where c.seen_at < excluded.seen_at - ttl / 3;

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
    limit greatest(stage.share(of_stage, partitions, me, ttl) - mine, 0)
    for update of l skip locked
  loop
    update stage.lease as l
    set owner = me, epoch = l.epoch + 1, expires_at = clock_timestamp() + ttl
    where l.stage = of_stage and l.partition = candidate.partition;
    -- What the last owner left running is due again.
    update stage.waiting as w set due_at = clock_timestamp()
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

  return query
  select l.partition, l.epoch from stage.lease as l
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
