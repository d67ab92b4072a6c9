-- Fails where the log was moved to Kafka: whoever takes the tables of the embedded log for the log itself may not go on.
create or replace function kafka.refuse_embedded() returns void
language plpgsql
as $$
begin
  if exists (select from kafka.home) then
    raise exception 'the log of this installation is on Kafka since %; AIGENTABLE_LOG must name it',
      (select to_char(h.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' from kafka.home as h)
      -- As an operator's intervention, after which the same may be tried again.
      using errcode = '57PL1';
  end if;
end
$$;

-- Notes that the log is on Kafka; false where events lie in the embedded log, which must be moved first.
create or replace function kafka.settle_home() returns boolean
language plpgsql
as $$
begin
  if exists (select from kafka.home) then return true; end if;
  if exists (select from log.segment)
    or exists (select from log.record)
    -- An outbox that was used before this was noted.
    and not exists (select from kafka.published) and not exists (select from kafka.epoch)
  then
    return false;
  end if;
  insert into kafka.home default values on conflict do nothing;
  return true;
end
$$;
