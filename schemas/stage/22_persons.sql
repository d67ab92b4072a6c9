-- Who has written in which conversation, by which the rows about a person are found.
create table if not exists stage.participant (
  contact uuid not null,
  conversation uuid not null,
  primary key (contact, conversation)
);

-- When something was last heard of the contact there; of before this was noted, when it began to be.
alter table stage.participant add column if not exists
  last_on date not null default (clock_timestamp() at time zone 'UTC')::date;
create index if not exists participant_last on stage.participant (last_on);

-- Conversations of before there was this table; those of groups name only who began them.
insert into stage.participant (contact, conversation)
select
  (convert_from(s.value, 'UTF8')::jsonb #>> '{target,contact}')::uuid,
  (convert_from(s.value, 'UTF8')::jsonb #>> '{target,conversation}')::uuid
from stage.state as s
where
  s.stage = 'deliver' and not exists (select from stage.participant)
  and convert_from(s.value, 'UTF8')::jsonb -> 'target' is not null
on conflict do nothing;

create index if not exists contact_id on stage.contact (contact);

-- Notes whom inputs concerned: conversations, and the keys of the inbound events that told of it.
create or replace function stage.note_persons(
  contacts uuid[], conversations uuid[], concerned uuid[], keys uuid[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  -- Once a day; ON CONFLICT DO UPDATE would lock the row of each message.
  update stage.participant as p set last_on = (clock_timestamp() at time zone 'UTC')::date
    from unnest(contacts, conversations) as t (contact, conversation)
    where
      p.contact = t.contact and p.conversation = t.conversation
      and p.last_on < (clock_timestamp() at time zone 'UTC')::date;
  insert into stage.participant (contact, conversation)
    select * from unnest(contacts, conversations)
    on conflict do nothing;
  insert into keyring.concern (contact, key)
    select * from unnest(concerned, keys)
    on conflict do nothing;
end
$$;

-- What an effect came to once nothing waits for it any more: without the provider's id of what was sent, which
-- may hold a phone number.
create or replace function stage.settle_outcomes(
  of_stage text, inputs uuid[], steps integer[], outcomes text[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  update stage.ledger as l set outcome = t.outcome::jsonb, settled = null
    from unnest(inputs, steps, outcomes) as t (input, step, outcome)
    where l.stage = of_stage and l.input = t.input and l.step = t.step;
end
$$;

-- As above, of before outcomes were settled, or before what orphans recorded said what it is to become.
update stage.ledger as l
set
  outcome = case
    when l.outcome ? 'accepted' then jsonb_set(l.outcome #- '{accepted,earlier}', '{accepted,providerID}', '""')
    when l.outcome ? 'partlyTaken' then jsonb_set(l.outcome, '{partlyTaken,ids}', '[]')
    else l.outcome #- '{uncertain,parts}'
  end
where
  l.stage = 'deliver' and l.settled is null and l.outcome_at < now() - interval '1 hour'
  and (
    l.outcome #>> '{accepted,providerID}' <> '' or l.outcome #> '{accepted,earlier}' is not null
    or l.outcome #> '{partlyTaken,ids}' <> '[]' or l.outcome #> '{uncertain,parts}' is not null);

-- Contacts whose key is gone are found no more: who writes from their address is a new contact.
create or replace function stage.forget_contacts(contacts uuid[]) returns void
language sql
as $$ delete from stage.contact where contact = any (contacts) $$;

-- Inbound events that told of nothing but messages of erased contacts once more: nothing in them is needed.
create or replace function stage.forget_inbound(keys uuid[]) returns void
language sql
as $$ delete from keyring.inbound_key where id = any (keys) $$;
