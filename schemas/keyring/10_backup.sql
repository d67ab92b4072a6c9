-- The keyring as lines of JSON, one a key. What comes first is what restoring the rest depends on. Keys stay wrapped.
create or replace view keyring.backup as
select
  1 as part,
  jsonb_build_object('table', 'concern', 'contact', c.contact, 'key', c.key)::text as line
from keyring.concern as c
union all
select
  2,
  jsonb_build_object(
    'table', 'key', 'id', k.id, 'tenant', k.tenant, 'subject', k.subject, 'wrapped', encode(k.wrapped, 'hex'))::text
from keyring.key as k
union all
select
  3,
  jsonb_build_object(
    'table', 'inbound_key', 'id', k.id, 'tenant', k.tenant, 'day', k.day, 'wrapped', encode(k.wrapped, 'hex'))::text
from keyring.inbound_key as k;
