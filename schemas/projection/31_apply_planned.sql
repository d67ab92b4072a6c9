-- Applies a small batch by a build's SQL with plans that the connection keeps: to plan it anew takes longer than to
-- run it. The SQL becomes a function of this session, which has one build. The plans are those of whenever they
-- were made, so they have to be forgotten now and then (DISCARD PLANS); a large batch is worth plans of its own.
create or replace function projection.apply_planned(script text) returns void
language plpgsql
as $$
declare
  definition constant text := 'create function pg_temp.apply_batch() returns void language plpgsql as %L';
  head constant text := E'#variable_conflict use_column\nbegin\n';
begin
  if to_regprocedure('pg_temp.apply_batch()') is null then
    begin
      execute format(definition, head || script || E'\nend');
    exception when syntax_error then
      -- The last statement may lack its semicolon.
      execute format(definition, head || script || E'\n;\nend');
    end;
  end if;
  perform pg_temp.apply_batch();
end
$$;
