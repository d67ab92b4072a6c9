-- What a simulation puts in the place of Postgres' own: time, and the locks of sessions.
create schema if not exists simulated;

create or replace function simulated.clock_timestamp() returns timestamptz
language sql volatile
as $$ select pg_catalog.to_timestamp(current_setting('simulated.now')::double precision) $$;

create or replace function simulated.now() returns timestamptz
language sql volatile
as $$ select simulated.clock_timestamp() $$;

-- Whoever rests on the server's time rests within a step, which takes no time.
create or replace function simulated.pg_sleep(seconds double precision) returns void
language sql volatile
as $$ select $$;

-- Who holds which lock: `|key=session|key=session|`. A setting, since it is asked of at every look at a lease: to ask a
-- table, in a function of its own, took longer than all the rest of that look. What is taken back takes it back, too.
create or replace function simulated.pg_try_advisory_lock(of_key bigint) returns boolean
language plpgsql
as $$
declare
  held text := current_setting('simulated.locks');
  session text := current_setting('simulated.session');
begin
  if strpos(held, format('|%s=', of_key)) = 0 then
    perform set_config('simulated.locks', format('%s%s=%s|', held, of_key, session), false);
    return true;
  end if;
  return simulated.holds_lock(of_key);
end
$$;

create or replace function simulated.holds_lock(of_key bigint) returns boolean
language sql volatile
as $$
  select strpos(
    current_setting('simulated.locks'), '|' || of_key || '=' || current_setting('simulated.session') || '|') > 0
$$;

create or replace function simulated.pg_try_advisory_xact_lock_shared(of_key bigint) returns boolean
language sql volatile
as $$ select strpos(current_setting('simulated.locks'), '|' || of_key || '=') = 0 $$;

-- Gives back the locks of sessions whose names begin so.
create or replace function simulated.end_sessions(gone text[]) returns void
language sql volatile
as $$
  select set_config(
    'simulated.locks',
    regexp_replace(
      current_setting('simulated.locks'), '-?[0-9]+=(' || array_to_string(gone, '|') || ')[^|]*[|]', '', 'g'), false)
$$;

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

-- Leases that were taken from owners which had renewed them, and whose sessions last.
create table if not exists simulated.stolen (stage text, partition integer);

create or replace function simulated.note_stolen() returns trigger
language plpgsql
as $$
begin
  insert into simulated.stolen
  select old.stage, old.partition from stage.owner as o
  where o.id = old.owner and old.expires_at > clock_timestamp() and not stage.session_is_gone(o.session);
  return null;
end
$$;

create or replace trigger note_stolen after update on stage.lease for each row
when (old.owner <> new.owner) execute function simulated.note_stolen();

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

-- A statement that removes what was taken back: from the tables of the runs, and from the catalogues of the tables that
-- they made.
create or replace function simulated.vacuum() returns text
language sql stable
as $$
  select 'vacuum (skip_database_stats) ' || string_agg(c.oid::regclass::text, ', ' order by c.oid)
  from pg_class as c
  where
    c.relkind = 'r'
    and (
      c.relpersistence = 'u'
      or c.oid = any (
        '{pg_class, pg_attribute, pg_type, pg_depend, pg_shdepend, pg_index, pg_constraint, pg_policy,
        pg_namespace, pg_statistic, pg_proc}'::regclass[])
    )
$$;

-- One connection does all there is to do, and nobody looks at it. Where that may not be set, it only takes longer.
do $$
declare
  setting text;
begin
  foreach setting in array array['track_activities', 'track_counts', 'update_process_title'] loop
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
as $$ select simulated.holds_lock(122550254464888) $$;
