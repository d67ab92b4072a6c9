-- Makes this transaction ready to apply one batch to a build: with the build's schema in front and an empty
-- table `batch`, which is made once for each connection. A lease that is already lost is told at once;
-- `projection.advance` makes sure of it.
create or replace function projection.begin_batch(of_schema text, of_epoch bigint, is_building boolean)
returns void
language plpgsql
as $$
begin
  if not exists (select from projection.lease as l where l.schema = of_schema and l.epoch = of_epoch) then
    raise exception 'the lease on % was lost', of_schema using errcode = 'PL001';
  end if;
  if to_regclass('pg_temp.batch') is null then
    begin
      perform set_config('temp_buffers', '64MB', false);
    exception when invalid_parameter_value then
      null;  -- too late on this connection: a batch table was made and rolled back; smaller buffers do too
    end;
    create temporary table batch (
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
    ) on commit delete rows;
    -- It lives for one transaction in memory: compressing or moving values out would only cost.
    alter table batch alter facts set storage main, alter private set storage main;
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
