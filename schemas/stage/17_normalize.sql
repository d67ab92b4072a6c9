-- Which of these were seen before.
create or replace function stage.known(tenants uuid[], hmacs text[]) returns table (tenant uuid, hmac text)
language sql stable
as $$
  select s.tenant, s.hmac from unnest(tenants, hmacs) as t (tenant, hmac)
  join stage.seen as s on s.tenant = t.tenant and s.hmac = t.hmac
$$;

-- Notes what is seen now; returns how many were new.
create or replace function stage.note_seen(tenants uuid[], hmacs text[]) returns bigint
language plpgsql
as $$
#variable_conflict use_column
declare
  added bigint;
begin
  insert into stage.seen (tenant, hmac) select * from unnest(tenants, hmacs)
  on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;

-- Which of these messages their senders changed, and to what last.
create or replace function stage.changes(
  tenants uuid[], hmacs text[]
) returns table (tenant uuid, hmac text, edit uuid)
language sql stable
as $$
  select c.tenant, c.hmac, c.edit from unnest(tenants, hmacs) as t (tenant, hmac)
  join stage.changed as c on c.tenant = t.tenant and c.hmac = t.hmac
$$;

-- Notes what senders made of their messages; each message once.
create or replace function stage.note_changes(tenants uuid[], hmacs text[], edits uuid[]) returns void
language sql
as $$
  insert into stage.changed (tenant, hmac, edit)
  select * from unnest(tenants, hmacs, edits) as t (tenant, hmac, edit)
  -- In one order, so that two transactions never wait for each other.
  order by t.tenant, t.hmac
  on conflict (tenant, hmac) do update set edit = excluded.edit
$$;

create or replace function stage.contacts(
  tenants uuid[], channels text[], hmacs text[]
) returns table (tenant uuid, channel text, address_hmac text, contact uuid)
language sql stable
as $$
  select c.tenant, c.channel, c.address_hmac, c.contact
  from unnest(tenants, channels, hmacs) as t (tenant, channel, hmac)
  join stage.contact as c
    on c.tenant = t.tenant and c.channel = t.channel and c.address_hmac = t.hmac
$$;

-- Adds contacts; returns how many were new.
create or replace function stage.add_contacts(
  tenants uuid[], channels text[], hmacs text[], ids uuid[]
) returns bigint
language plpgsql
as $$
#variable_conflict use_column
declare
  added bigint;
begin
  insert into stage.contact (tenant, channel, address_hmac, contact)
  select * from unnest(tenants, channels, hmacs, ids)
  on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;

-- Contacts are not found at these addresses any more; returns how many were.
create or replace function stage.leave_contacts(
  tenants uuid[], channels text[], hmacs text[], ids uuid[]
) returns bigint
language plpgsql
as $$
declare
  gone bigint;
begin
  delete from stage.contact as c
  using unnest(tenants, channels, hmacs, ids) as t (tenant, channel, hmac, contact)
  where
    c.tenant = t.tenant and c.channel = t.channel and c.address_hmac = t.hmac and c.contact = t.contact;
  get diagnostics gone = row_count;
  return gone;
end
$$;

-- Gives contacts other addresses; returns how many had the old one and got the new.
create or replace function stage.move_contacts(
  tenants uuid[], channels text[], hmacs text[], new_hmacs text[], ids uuid[]
) returns bigint
language plpgsql
as $$
declare
  gone bigint;
begin
  -- Not an update: one contact may move to where another has just moved away.
  gone := stage.leave_contacts(tenants, channels, hmacs, ids);
  return least(gone, stage.add_contacts(tenants, channels, new_hmacs, ids));
end
$$;

create or replace function stage.threads(
  connections uuid[], hmacs text[]
) returns table (connection uuid, thread_hmac text, conversation uuid)
language sql stable
as $$
  select t.connection, t.thread_hmac, t.conversation
  from unnest(connections, hmacs) as a (connection, hmac)
  join stage.thread as t on t.connection = a.connection and t.thread_hmac = a.hmac
$$;

-- Notes which conversation a thread's new id stands for; returns how many were new.
create or replace function stage.add_threads(
  connections uuid[], hmacs text[], conversations uuid[]
) returns bigint
language plpgsql
as $$
#variable_conflict use_column
declare
  added bigint;
begin
  insert into stage.thread (connection, thread_hmac, conversation)
  select * from unnest(connections, hmacs, conversations)
  on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;
