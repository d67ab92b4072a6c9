-- Puts keys of a backup in that are missing, and returns how many. Those of contacts whose erasure this database knows
-- stay away, and so do those of inbound events that concerned them.
create or replace function keyring.restore(lines text[]) returns bigint
language plpgsql
as $$
declare
  strange text;
  keys bigint;
  inbound bigint;
begin
  select l.line ->> 'table' into strange
  from unnest(lines) as t (text) cross join lateral (select t.text::jsonb as line) as l
  where l.line ->> 'table' is null or l.line ->> 'table' not in ('concern', 'key', 'inbound_key', 'signing_key')
  limit 1;
  if found then
    raise exception 'a line is of no table of a keyring, but of %', coalesce(strange, 'none') using errcode = 'PL030';
  end if;

  insert into keyring.concern (contact, key)
  select (l.line ->> 'contact')::uuid, (l.line ->> 'key')::uuid
  from unnest(lines) as t (text) cross join lateral (select t.text::jsonb as line) as l
  where l.line ->> 'table' = 'concern'
  on conflict do nothing;

  insert into keyring.key (id, tenant, subject, wrapped)
  select
    (l.line ->> 'id')::uuid, (l.line ->> 'tenant')::uuid, l.line ->> 'subject', decode(l.line ->> 'wrapped', 'hex')
  from unnest(lines) as t (text) cross join lateral (select t.text::jsonb as line) as l
  where
    l.line ->> 'table' = 'key'
    and not exists (select from privacy.erasure as e where e.contact = (l.line ->> 'id')::uuid)
  on conflict do nothing;
  get diagnostics keys = row_count;

  insert into keyring.inbound_key (id, tenant, day, wrapped)
  select
    (l.line ->> 'id')::uuid, (l.line ->> 'tenant')::uuid, (l.line ->> 'day')::date,
    decode(l.line ->> 'wrapped', 'hex')
  from unnest(lines) as t (text) cross join lateral (select t.text::jsonb as line) as l
  where
    l.line ->> 'table' = 'inbound_key'
    and not exists (
      select from keyring.concern as c join privacy.erasure as e on e.contact = c.contact
      where c.key = (l.line ->> 'id')::uuid
    )
  on conflict do nothing;
  get diagnostics inbound = row_count;

  insert into audit.signing_key (public, wrapped)
  select decode(l.line ->> 'public', 'hex'), decode(l.line ->> 'wrapped', 'hex')
  from unnest(lines) as t (text) cross join lateral (select t.text::jsonb as line) as l
  where l.line ->> 'table' = 'signing_key'
  on conflict do nothing;
  return keys + inbound;
end
$$;
