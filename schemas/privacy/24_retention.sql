drop function if exists privacy.drop_inbound_keys(integer, integer);

-- Drops the keys of inbound events that are older than `days`, of one tenant or of all, with what lies sealed under
-- them apart, what was kept of albums for a day and of topics for 30 days; returns how many keys. Events without their key are
-- nothing but noise.
create or replace function privacy.drop_inbound_keys(of_tenant uuid, days integer, most integer) returns bigint
language plpgsql
as $$
declare
  dropped uuid[];
begin
  with old as (
    select k.id from keyring.inbound_key as k
    where
      k.day < (clock_timestamp() at time zone 'UTC')::date - days
      and (of_tenant is null or k.tenant = of_tenant)
    order by k.day limit most
  ),
  gone as (
    delete from keyring.inbound_key as k using old as o where k.id = o.id returning k.id
  )
  select array_agg(g.id) into dropped from gone as g;
  delete from keyring.concern as c where c.key = any (dropped);
  delete from stage.overheard as o where o.kept_at < now() - interval '1 day';
  delete from stage.topic_message as t where t.noted_at < now() - interval '30 days';
  delete from knowledge.blob as b
  where substring(b.bytes from 1 for 99) in (select convert_to(privacy.seal(d), 'UTF8') from unnest(dropped) as d);
  return coalesce(cardinality(dropped), 0);
end
$$;

-- Contacts of a tenant of whom nothing was heard for `days`.
create or replace function privacy.silent_contacts(
  of_tenant uuid, days integer, most integer
) returns table (contact uuid)
language sql stable
as $$
  select distinct p.contact
  from stage.participant as p
  join keyring.key as k on k.id = p.contact and k.tenant = of_tenant and k.subject = 'contact'
  where
    p.last_on < (clock_timestamp() at time zone 'UTC')::date - days
    and not exists (
      select from stage.participant as l
      where l.contact = p.contact and l.last_on >= (clock_timestamp() at time zone 'UTC')::date - days
    )
  limit most
$$;

-- Deletes the files of a tenant that came more than `days` ago; returns how many. That they were there stays known, so
-- that none is fetched again.
create or replace function privacy.drop_files(of_tenant uuid, days integer) returns bigint
language plpgsql
as $$
declare
  dropped bigint;
begin
  delete from knowledge.blob as b using stage.fetched as f
  where
    f.tenant = of_tenant and f.stored_on < (clock_timestamp() at time zone 'UTC')::date - days and b.hash = f.blob;
  get diagnostics dropped = row_count;
  return dropped;
end
$$;
