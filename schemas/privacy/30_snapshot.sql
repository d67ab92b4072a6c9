-- What a snapshot holds of this database beside the log's segments, files and documents, which lie in the archive by
-- themselves: how a table is copied out, and how it is copied in again. Not in it are the keys (they have backups of
-- their own), leases, read models and indexes (they are made anew), and what was embedded (the key of a passage is
-- the hash of a text). Nothing that is in it says in the clear what a person wrote or is.
create or replace function privacy.snapshot_tables() returns table (name text, copy_out text, copy_in text)
language sql stable
as $$
  select
    c.oid::regclass::text,
    format(
      'copy (select %s from %s) to stdout (format binary)', a.columns,
      case when c.oid = 'stage.ledger'::regclass then 'stage.settled_ledger' else c.oid::regclass::text end),
    format('copy %s (%s) from stdin (format binary)', c.oid::regclass, a.columns)
  from pg_class as c
  cross join lateral (
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  ) as a
  where
    c.relkind = 'r'
    and c.relnamespace in ('stage'::regnamespace, 'log'::regnamespace, 'audit'::regnamespace, 'knowledge'::regnamespace)
    and c.oid not in (
      'stage.owner'::regclass, 'stage.claimant'::regclass, 'stage.lease'::regclass, 'audit.signing_key'::regclass,
      'knowledge.version'::regclass, 'knowledge.live'::regclass, 'knowledge.embedded'::regclass,
      'knowledge.asked'::regclass, 'knowledge.blob'::regclass, 'knowledge.part'::regclass)
    -- Of versions of the index that are made anew.
    and c.oid is distinct from to_regclass('knowledge.stale_vectors')
  order by 1
$$;

-- The files and the parts of documents, by what they are called in the archive.
create or replace function privacy.snapshot_files() returns table (name text)
language sql stable
as $$
  select 'blob/' || encode(b.hash, 'hex') from knowledge.blob as b
  union all
  select 'document/' || p.stored || '/' || p.ordinal
  from knowledge.part as p join knowledge.stored as s on s.id = p.stored
  where s.hash is not null
$$;

-- Whether a snapshot may be put into this database: nothing happened in it yet.
create or replace function privacy.is_untouched() returns boolean
language sql stable
as $$
  select not (
    exists (select from log.record) or exists (select from log.segment) or exists (select from stage.progress)
    or exists (select from stage.seen) or exists (select from audit.checkpoint))
$$;
