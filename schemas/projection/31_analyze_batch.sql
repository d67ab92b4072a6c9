-- Tells the planner once per connection what a large batch looks like; the statistics outlive the rows.
-- Without them it expects few rows of each type, and joins within a batch by nested loops.
create or replace function projection.analyze_batch() returns void
language plpgsql
as $$
begin
  if (select c.reltuples < 0 from pg_class as c where c.oid = 'pg_temp.batch'::regclass) then
    analyze pg_temp.batch (topic, type, tenant, stream);
  end if;
end
$$;
