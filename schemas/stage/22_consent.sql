-- What those contacts want to hear no more of.
create or replace function stage.opted_out(contacts uuid[]) returns table (contact uuid, scope text)
language sql stable
as $$
  select c.contact, c.scope from stage.consent as c
  where c.contact = any (contacts) and c.state = 'opted-out'
$$;

-- In the order of the contacts, so that two transactions never wait for each other.
create or replace function stage.save_consents(
  contacts uuid[], scopes text[], tenants uuid[], states text[], times timestamptz[], events uuid[]
) returns void
language sql
as $$
  insert into stage.consent as c (contact, scope, tenant, state, at, event)
  select * from unnest(contacts, scopes, tenants, states, times, events)
  on conflict (contact, scope) do update set state = excluded.state, at = excluded.at, event = excluded.event
  where (excluded.at, excluded.event) > (c.at, c.event)
$$;
