-- What deliver knows of those conversations that are threads.
create or replace function stage.thread_targets(keys text[]) returns table (value bytea)
language sql stable
as $$
  select s.value from stage.state as s
  where s.stage = 'deliver' and s.key = any (keys) and position('"isThread":true'::bytea in s.value) > 0
$$;

create or replace function stage.paces(tenants uuid[]) returns table (connection uuid, value bytea)
language sql stable
as $$
  select p.connection, p.value from stage.pace as p where p.tenant = any (tenants)
$$;

-- In the order of the connections, so that two transactions never wait for each other.
create or replace function stage.save_paces(connections uuid[], tenants uuid[], bodies bytea[]) returns void
language sql
as $$
  insert into stage.pace (connection, tenant, value)
  select * from unnest(connections, tenants, bodies)
  on conflict (connection) do update set value = excluded.value
$$;
