-- The first statement of every stage transaction: locks the leases that it works under against a change of
-- owner until it ends, and returns how far each partition has come. Fewer rows than asked for mean that a
-- lease was lost.
create or replace function stage.fence(
  of_stage text, me uuid, partitions integer[], epochs bigint[]
) returns table (partition integer, next_offset bigint, sequence bigint)
language plpgsql
as $$
begin
  return query
  with held as (
    select l.partition from unnest(partitions, epochs) as g (partition, epoch)
    join stage.lease as l on l.stage = of_stage and l.partition = g.partition
    where l.owner = me and l.epoch = g.epoch
    for share of l
  )
  select h.partition, coalesce(p.next_offset, 0), p.sequence
  from held as h
  left join lateral (
    select r.next_offset, r.sequence from stage.progress as r
    where r.stage = of_stage and r.partition = h.partition
    order by r.next_offset desc limit 1
  ) as p on true;
end
$$;
