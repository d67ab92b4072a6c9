-- What a simulation puts in the place of Postgres' own: time, and the locks of sessions.
create schema if not exists simulated;

create or replace function simulated.clock_timestamp() returns timestamptz
language sql volatile
as $$ select pg_catalog.to_timestamp(current_setting('simulated.now')::double precision) $$;

create or replace function simulated.now() returns timestamptz
language sql volatile
as $$ select simulated.clock_timestamp() $$;

create table if not exists simulated.session_lock (
  key bigint primary key,
  session text not null
);

create or replace function simulated.pg_try_advisory_lock(of_key bigint) returns boolean
language plpgsql
as $$
begin
  insert into simulated.session_lock (key, session)
  values (of_key, current_setting('simulated.session')) on conflict do nothing;
  return exists (
    select from simulated.session_lock
    where key = of_key and session = current_setting('simulated.session')
  );
end
$$;

create or replace function simulated.pg_try_advisory_xact_lock_shared(of_key bigint) returns boolean
language sql volatile
as $$ select not exists (select from simulated.session_lock where key = of_key) $$;

-- A projection's table of the batch empties itself when a transaction ends, but parts of one do not count as that.
create or replace function simulated.empty_batch() returns void
language plpgsql
as $$
begin
  if to_regclass('pg_temp.batch') is not null then
    delete from pg_temp.batch;
  end if;
end
$$;

-- Nothing that a run writes outlives it, so nothing of it is written ahead. What refers to others goes first.
do $$
declare
  name regclass;
  is_done boolean;
begin
  loop
    is_done := true;
    for name in
      select c.oid from pg_class as c
      where
        c.relkind = 'r' and c.relpersistence = 'p'
        and c.relnamespace::regnamespace::text in ('log', 'stage', 'kafka', 'projection', 'keyring', 'simulated')
        and not exists (
          select from pg_constraint as k join pg_class as r on r.oid = k.conrelid
          where k.contype = 'f' and k.confrelid = c.oid and r.oid <> c.oid and r.relpersistence = 'p')
    loop
      execute format('alter table %s set unlogged', name);
      is_done := false;
    end loop;
    exit when is_done;
  end loop;
end
$$;

-- One connection does all there is to do, and nobody looks at it. Where that may not be set, it only takes longer.
do $$
declare
  setting text;
begin
  foreach setting in array array['track_activities', 'track_counts'] loop
    perform set_config(setting, 'off', false);
  end loop;
exception when insufficient_privilege then
  null;
end
$$;

-- These name their functions by schema; the lock is the same.
create or replace function kafka.hold() returns boolean
language sql volatile
as $$ select simulated.pg_try_advisory_lock(122550254464888) $$;

create or replace function kafka.holds() returns boolean
language sql volatile
as $$
  select exists (
    select from simulated.session_lock
    where key = 122550254464888 and session = current_setting('simulated.session')
  )
$$;
