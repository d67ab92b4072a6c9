-- Those of these contacts of which this database holds something, though they were erased: their key, or that they
-- were part of a conversation and no erasure is known.
create or replace function privacy.not_erased(contacts uuid[]) returns table (contact uuid)
language sql stable
as $$
  select c.id from unnest(contacts) as c (id)
  where
    exists (select from keyring.key as k where k.id = c.id)
    or exists (select from stage.participant as p where p.contact = c.id)
    and not exists (select from privacy.erasure as e where e.contact = c.id)
$$;
