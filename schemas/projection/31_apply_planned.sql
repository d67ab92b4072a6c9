-- Applies a small batch by a build's SQL with plans that the connection keeps: to plan it anew takes longer than to
-- run it. The SQL becomes a function of this session, named after the build. The plans are those of whenever they
-- were made, so they have to be forgotten now and then (DISCARD PLANS); a large batch is worth plans of its own. Where
-- an older release made one of a single argument, it stays: its processes may run on while a newer one starts.
create or replace function projection.apply_planned(of_schema text, script text) returns void
language plpgsql
as $$
#variable_conflict use_variable
declare
  apply constant text := format('pg_temp.%I()', 'apply_' || of_schema);
  definition constant text := 'create function %s returns void language plpgsql as %L';
  head constant text := E'#variable_conflict use_column\nbegin\n';
begin
  if to_regprocedure(apply) is null then
    begin
      execute format(definition, apply, head || script || E'\nend');
    exception when syntax_error then
      -- The last statement may lack its semicolon.
      execute format(definition, apply, head || script || E'\n;\nend');
    end;
  end if;
  execute format('select %s', apply);
end
$$;
