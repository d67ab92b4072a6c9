create or replace function stage.move(
  of_stage text, partitions integer[], offsets bigint[], sequences bigint[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.progress (stage, partition, next_offset, sequence)
    select of_stage, t.partition, t.next_offset, nullif(t.sequence, -1)
    from unnest(partitions, offsets, sequences) as t (partition, next_offset, sequence)
    on conflict do nothing;
end
$$;

-- Removes rows of progress that a later one has overtaken.
create or replace function stage.trim_progress(of_stage text) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  -- Mostly there are none.
  if exists (
    select from stage.progress where stage = of_stage group by partition having count(*) > 1
  ) then
    delete from stage.progress as p
      using (
        select partition, max(next_offset) as next_offset from stage.progress
        where stage = of_stage group by partition
      ) as last
      where p.stage = of_stage and p.partition = last.partition and p.next_offset < last.next_offset;
  end if;
end
$$;
