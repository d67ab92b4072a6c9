-- Removes what stages keep about erased contacts. What they still have to do is due at once: they find the key
-- gone and say so in the log. The last sweep removes also what is left of that.
create or replace function privacy.sweep(contacts uuid[], is_last boolean) returns void
language plpgsql
as $$
declare
  person record;
  seals bytea[];
begin
  for person in
    select
      c.id,
      array(select p.conversation from stage.participant as p where p.contact = c.id) as conversations,
      array(select k.key from keyring.concern as k where k.contact = c.id) as inbound
    from unnest(contacts) as c (id)
  loop
    seals := array(
      select convert_to(privacy.seal(k.id), 'UTF8')
      from (select person.id union all select unnest(person.inbound)) as k (id));
    delete from keyring.key as k where k.id = person.id;
    delete from keyring.inbound_key as k where k.id = any (person.inbound);
    delete from stage.contact as c where c.contact = person.id;

    -- What waited behind a row that goes is due.
    with gone as (
      delete from stage.waiting as w
      where
        (is_last or w.parked_reason is not null)
        and exists (select from unnest(seals) as s (seal) where position(s.seal in w.value) > 0)
      returning w.stage, w.partition, w.key, w."offset"
    )
    update stage.waiting as w set due_at = 'epoch'
    from (select distinct g.stage, g.partition, g.key from gone as g) as g
    where
      w.stage = g.stage and w.partition = g.partition and w.key = g.key
      and w."offset" = (
        select min(b."offset") from stage.waiting as b
        where
          b.stage = g.stage and b.partition = g.partition and b.key = g.key and not b.is_alone
          and not exists (
            select from gone as o
            where
              o.stage = b.stage and o.partition = b.partition and o.key = b.key and o."offset" = b."offset")
      );
    update stage.waiting as w set due_at = 'epoch'
    where
      w.due_at > 'epoch'
      and exists (select from unnest(seals) as s (seal) where position(s.seal in w.value) > 0);

    delete from stage.turn as t
    where
      t.conversation = any (person.conversations)
      and starts_with(t.content, privacy.seal(person.id));
    update stage.state as s set value = privacy.without(s.value, person.id)
    where
      s.stage in (select distinct l.stage from stage.lease as l)
      and s.key in (select c::text from unnest(person.conversations) as c)
      and position(seals[1] in s.value) > 0;

    -- Those of a group are of whom it was opened with, as deliver knows.
    update stage.state as s set value = privacy.without_labels(s.value)
    where
      s.stage = 'generate' and s.key = any (array(select c::text from unnest(person.conversations) as c))
      and position('"labels":["'::bytea in s.value) > 0
      and not exists (
        select from stage.state as d
        where
          d.stage = 'deliver' and d.key = s.key
          and (convert_from(d.value, 'UTF8')::json #>> '{target,contact}')::uuid <> person.id
      );

    delete from stage.album as a
    where a.conversation = any (person.conversations) and position(seals[1] in a.value) > 0;
    delete from stage.overheard as o where o.sealed_by = any (person.inbound);
    delete from stage.fetched as f where substring(f.sealed from 1 for 99) = privacy.seal(person.id);
    delete from knowledge.blob as b where substring(b.bytes from 1 for 99) = any (seals);
    delete from stage.consent as c where c.contact = person.id;
    delete from knowledge.asked as a where a.contact = person.id;
    delete from stage.cached_answer as c where substring(c.content from 1 for 99) = privacy.seal(person.id);
    if is_last then
      delete from stage.participant as p where p.contact = person.id;
      delete from keyring.concern as c where c.contact = person.id;
    end if;
  end loop;
  -- Of what went above, nothing waits for its outcome any more.
  perform stage.settle_orphans();
end
$$;
