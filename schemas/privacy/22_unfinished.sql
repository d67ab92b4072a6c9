-- The oldest erasures that are not finished, with what to do: a first sweep, or the last one, once everybody who
-- may have had the key is done. `ripe` is how old an erasure must be for that.
create or replace function privacy.unfinished(
  ripe interval, most integer
) returns table (contact uuid, tenant uuid, is_last boolean, conversations text)
language sql stable
as $$
  select
    e.contact, e.tenant, e.swept_by is not null,
    (select string_agg(p.conversation::text, ' ') from stage.participant as p where p.contact = e.contact)
  from privacy.erasure as e
  where
    e.finished_at is null
    and (
      e.swept_by is null
      or e.erased_at < clock_timestamp() - ripe and e.swept_by < pg_snapshot_xmin(pg_current_snapshot())
    )
  order by e.erased_at
  limit most
$$;

-- Numbers of transactions are those of one cluster: what was swept in another one is swept again.
create or replace function privacy.begin_again() returns void
language sql
as $$
  update privacy.erasure set swept_by = null
  where finished_at is null and swept_by >= pg_snapshot_xmax(pg_current_snapshot())
$$;

create or replace function privacy.note_swept(contacts uuid[]) returns void
language sql
as $$
  update privacy.erasure set swept_by = pg_current_xact_id()
  where contact = any (contacts) and swept_by is null
$$;

create or replace function privacy.finish(contacts uuid[]) returns void
language sql
as $$
  update privacy.erasure set finished_at = clock_timestamp() where contact = any (contacts)
$$;
