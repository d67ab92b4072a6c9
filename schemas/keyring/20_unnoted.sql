-- When it was made good that once nobody noted whom inbound events concern.
create table if not exists keyring.concerns_noted (
  only_row boolean primary key default true check (only_row),
  noted_at timestamptz not null
);

-- Those of these keys of inbound events of which it is not noted whom they concern.
create or replace function keyring.unnoted(keys uuid[]) returns table (id uuid)
language sql stable
as $$
  select k.id from keyring.inbound_key as k
  where k.id = any (keys) and not exists (select from keyring.concern as c where c.key = k.id)
$$;
