-- Tells the planner what a large batch looks like, when it holds a type that the statistics do not know; they
-- outlive the rows. Without them it expects few rows of each type, and joins them with whole tables.
create or replace function projection.analyze_batch() returns void
language plpgsql
as $$
begin
  if exists (
    select distinct b.type from pg_temp.batch as b
    except
    select unnest(s.most_common_vals::text::text[]) from pg_stats as s
    where
      s.schemaname = pg_my_temp_schema()::regnamespace::text and s.tablename = 'batch' and s.attname = 'type'
  ) then
    analyze pg_temp.batch (topic, type, tenant, stream);
  end if;
end
$$;
