-- Accounts that are asked for what came in, because their providers cannot call: how far each has been read, and
-- how that goes. Who may write a row holds the lease of the connection's part of the stage `poll`.
create table if not exists stage.poller (
  connection uuid primary key,
  tenant uuid not null,
  channel text not null,
  -- In a form of the channel's; null before the first step.
  position text,
  -- Why the last step failed; null when it did not.
  reason text,
  -- Since when it has been so.
  since timestamptz not null,
  polled_at timestamptz not null,
  -- When something last came, and how much came in all.
  received_at timestamptz,
  received bigint not null default 0
);
create index if not exists poller_tenant on stage.poller (tenant);

-- Notes a step. Where the lease went to another owner nothing is written, and false is returned. `came` is how much
-- the step brought; its position is kept when the step failed.
create or replace function stage.note_poll(
  me uuid, part integer, of_epoch bigint, of_connection uuid, of_tenant uuid, on_channel text,
  reached text, failed text, came bigint
) returns boolean
language plpgsql
as $$
begin
  perform from stage.fence('poll', me, array[part], array[of_epoch]);
  if not found then return false; end if;

  insert into stage.poller as p
    (connection, tenant, channel, position, reason, since, polled_at, received_at, received)
  values
    (
      of_connection, of_tenant, on_channel, reached, failed, clock_timestamp(), clock_timestamp(),
      case when came > 0 then clock_timestamp() end, came
    )
  on conflict (connection) do update set
    position = coalesce(excluded.position, p.position),
    reason = excluded.reason,
    since = case when p.reason is not distinct from excluded.reason then p.since else excluded.since end,
    polled_at = excluded.polled_at,
    received_at = coalesce(excluded.received_at, p.received_at),
    received = p.received + excluded.received;
  return true;
end
$$;
