-- Makes this transaction ready to apply one batch to a build: with the build's schema in front and an empty
-- table `batch`, which the connection keeps. A lease that is already lost is told at once; `projection.advance` makes
-- sure of it.
--
-- A row of `batch` fits into a page unless it `is_wide`: Postgres refuses a larger one with 54000. Wide ones need a table
-- of their own for what does not fit, whose index is written anew whenever a commit empties it, and ext4 puts a file that
-- was emptied and written again on the disk at once. The next commit then waits for the disk, some milliseconds: most of
-- what a small batch takes.
create or replace function projection.begin_batch(
  of_schema text, of_epoch bigint, is_building boolean, is_wide boolean
) returns void
language plpgsql
as $$
begin
  if not exists (select from projection.lease as l where l.schema = of_schema and l.epoch = of_epoch) then
    raise exception 'the lease on % was lost', of_schema using errcode = 'PL001';
  end if;
  if exists (
    select from pg_class as c
    where c.oid = to_regclass('pg_temp.batch') and (c.reltoastrelid <> 0) is distinct from is_wide
  ) then
    drop table pg_temp.batch;
  end if;
  if to_regclass('pg_temp.batch') is null then
    begin
      perform set_config('temp_buffers', '64MB', false);
    exception when invalid_parameter_value then
      null;  -- too late on this connection: an earlier table has been written to
    end;
    create temporary table batch_form (
      topic smallint not null,
      partition integer not null,
      "offset" bigint not null,
      event_id uuid not null,
      type text collate "C" not null,
      tenant uuid not null,
      stream text collate "C" not null,
      time timestamptz not null,
      facts jsonb not null,
      private jsonb,
      sealed_by uuid
    );
    if is_wide then
      -- It lives for one transaction in memory: compressing or moving values out would only cost.
      alter table pg_temp.batch_form
        alter facts set storage main, alter private set storage main;
    else
      alter table pg_temp.batch_form
        alter type set storage plain, alter stream set storage plain,
        alter facts set storage plain, alter private set storage plain;
    end if;
    -- What may be moved out is decided when a table is made.
    create temporary table batch (like pg_temp.batch_form including storage) on commit delete rows;
    drop table pg_temp.batch_form;
  end if;
  perform set_config('search_path', format('%I, pg_temp', of_schema), true);
  perform set_config('work_mem', '64MB', true);
  perform set_config('jit', 'off', true);
  -- What a batch touches is mostly in memory: probing an index costs little more than reading on.
  perform set_config('random_page_cost', '1.1', true);
  perform set_config('timezone', 'UTC', true);
  if is_building then
    -- A lost tail of a build is applied again from its progress, which is lost with it.
    perform set_config('synchronous_commit', 'off', true);
  end if;
end
$$;
