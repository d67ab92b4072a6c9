-- Whether nobody holds the advisory lock of a session any more.
create or replace function stage.session_is_gone(session bigint) returns boolean
language sql volatile
set search_path = stage, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$ select pg_try_advisory_xact_lock_shared(session) $$;

-- Renews this owner's leases of a stage and takes free ones up to its fair share. A lease is free when it ran
-- out, or when its owner's session is gone, whichever comes first. Returns all that it now holds.
create or replace function stage.claim(
  of_stage text, partitions integer, me uuid, ttl interval
) returns table (partition integer, epoch bigint)
language plpgsql
set search_path = stage, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  live integer;
  share integer;
  mine integer;
  candidate record;
begin
  insert into stage.lease (stage, partition)
  select of_stage, p from generate_series(0, partitions - 1) as p
  on conflict do nothing;

  update stage.lease as l set expires_at = clock_timestamp() + ttl
  where l.stage = of_stage and l.owner = me and l.expires_at > clock_timestamp();
  get diagnostics mine = row_count;

  select count(*) into live from stage.owner as o
  where o.id = me or (o.seen_at > clock_timestamp() - ttl and not stage.session_is_gone(o.session));
  share := ceil(partitions::numeric / greatest(live, 1));

  for candidate in
    select l.partition from stage.lease as l
    left join stage.owner as o on o.id = l.owner
    where
      l.stage = of_stage
      and (
        l.owner is null or l.expires_at <= clock_timestamp() or o.id is null
        or (l.owner <> me and stage.session_is_gone(o.session))
      )
    order by l.partition
    for update of l skip locked
  loop
    exit when mine >= share;
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
    mine := mine + 1;
  end loop;

  return query
  select l.partition, l.epoch from stage.lease as l
  where l.stage = of_stage and l.owner = me and l.expires_at > clock_timestamp()
  order by l.partition;
end
$$;

-- Gives leases back, so that another owner need not wait for them to run out.
create or replace function stage.release(of_stage text, me uuid, given integer[]) returns void
language sql
set search_path = stage, pg_catalog
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
  update stage.lease set owner = null, expires_at = '-infinity'
  where stage = of_stage and owner = me and partition = any (given)
$$;
