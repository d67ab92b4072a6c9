-- Destroys the keys of a contact and of the inbound events that concerned it, and lets the contact be found no
-- more. From the commit on, nobody can read what those keys sealed; processes that have them in memory are told.
-- False when it was done before.
create or replace function privacy.erase(
  of_contact uuid, of_tenant uuid, by_event uuid, because text, at timestamptz
) returns boolean
language plpgsql
as $$
begin
  insert into privacy.erasure (contact, tenant, event, reason, erased_at)
  values (of_contact, of_tenant, by_event, because, at)
  on conflict do nothing;
  if not found and not exists (select from keyring.key as k where k.id = of_contact) then
    return false;
  end if;
  -- A key that came back with an old backup begins it anew.
  update privacy.erasure as e set swept_by = null, finished_at = null where e.contact = of_contact;
  delete from keyring.key as k where k.id = of_contact;
  delete from keyring.inbound_key as k using keyring.concern as c where c.contact = of_contact and k.id = c.key;
  delete from stage.contact as c where c.contact = of_contact;
  perform pg_notify('aigentable_erased', of_contact::text);
  return true;
end
$$;
