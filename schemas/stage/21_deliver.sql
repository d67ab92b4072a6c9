-- What deliver knows of those conversations that are threads.
create or replace function stage.thread_targets(keys text[]) returns table (value bytea)
language sql stable
as $$
  select s.value from stage.state as s
  where s.stage = 'deliver' and s.key = any (keys) and position('"isThread":true'::bytea in s.value) > 0
$$;

-- Those conversations whose address is another contact's by now: nobody told that it changed hands. Of one whose contact moved
-- on, where to was told.
create or replace function stage.reassigned_targets(tenants uuid[], keys text[]) returns table (key text)
language sql stable
as $$
  select s.key
  from unnest(tenants, keys) as k (tenant, key)
  join stage.state as s on s.stage = 'deliver' and s.key = k.key
  -- Read once, not for each use of it.
  cross join lateral (select convert_from(s.value, 'UTF8')::jsonb -> 'target' as target offset 0) as t
  join stage.contact as c
    on c.tenant = k.tenant and c.channel = t.target ->> 'channel' and c.address_hmac = t.target ->> 'addressHMAC'
  where position('"isThread":false'::bytea in s.value) > 0 and not t.target ? 'moved'
    and c.contact <> (t.target ->> 'contact')::uuid
$$;

drop function if exists stage.paces(uuid[]);
create or replace function stage.paces(tenants uuid[], now timestamptz)
returns table (connection uuid, value bytea)
language sql stable
as $$
  select p.connection, p.value from stage.pace as p
  where p.tenant = any (tenants) and (p.until is null or p.until > now)
$$;

-- In the order of the connections, so that two transactions never wait for each other.
--
-- untils: when each says nothing any more; null for never. Some of what says nothing any more by now goes with it,
-- last, and waits for nobody.
drop function if exists stage.save_paces(uuid[], uuid[], bytea[]);
create or replace function stage.save_paces(
  connections uuid[], tenants uuid[], bodies bytea[], untils timestamptz[], now timestamptz
) returns void
language sql
as $$
  insert into stage.pace (connection, tenant, value, until)
  select * from unnest(connections, tenants, bodies, untils)
  on conflict (connection) do update set value = excluded.value, until = excluded.until;
  delete from stage.pace
  where connection in (
    select p.connection from stage.pace as p
    where p.tenant = any (tenants) and p.until <= now and p.connection <> all (connections)
    order by p.connection
    limit 100
    for update skip locked
  );
$$;
