-- When a file came; of before this was noted, when it began to be.
alter table stage.fetched add column if not exists
  stored_on date not null default (clock_timestamp() at time zone 'UTC')::date;

create or replace function stage.note_fetched(
  of_attachment uuid, of_tenant uuid, named bytea, is_of text, has bigint, described text
) returns void
language sql
as $$
  insert into stage.fetched (attachment, tenant, blob, media_type, bytes, sealed)
  values (of_attachment, of_tenant, named, is_of, has, described)
  on conflict do nothing
$$;
