drop function if exists stage.add_turns(uuid[], integer[], text[], text[]);
drop function if exists stage.turns(uuid[], integer);

create or replace function stage.add_turns(
  conversations uuid[], ordinals integer[], roles text[], contents text[], messages uuid[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.turn (conversation, ordinal, role, content, message)
    select * from unnest(conversations, ordinals, roles, contents, messages);
end
$$;

-- The last turns of each conversation, in order; first what stands for those before, when there is that.
create or replace function stage.turns(
  conversations uuid[], most integer
) returns table (conversation uuid, ordinal integer, role text, content text, message uuid)
language sql stable
as $$
  select c.conversation, t.ordinal, t.role, t.content, t.message
  from unnest(conversations) as c (conversation)
  cross join lateral (
    (
      select * from stage.turn as t
      where t.conversation = c.conversation and t.ordinal > 0
      order by t.ordinal desc limit most
    )
    union all
    select * from stage.turn as t
    where t.conversation = c.conversation and t.ordinal = 0
  ) as t
  order by c.conversation, t.ordinal
$$;

-- What a message says now; nothing when it was taken back.
create or replace function stage.change_turn(of_conversation uuid, of_message uuid, says text) returns void
language plpgsql
as $$
begin
  if says is null then
    delete from stage.turn where conversation = of_conversation and message = of_message;
  else
    update stage.turn set content = says where conversation = of_conversation and message = of_message;
  end if;
end
$$;

-- What stands for the older turns; nothing when it may no longer.
create or replace function stage.set_summary(of_conversation uuid, says text) returns void
language sql
as $$
  delete from stage.turn where conversation = of_conversation and ordinal = 0;
  insert into stage.turn (conversation, ordinal, role, content)
  select of_conversation, 0, 'summary', says where says is not null
$$;

-- Of these conversations those whose turns are more than a prompt is to hold.
create or replace function stage.wanting_summary(keys text[]) returns table (key text)
language sql stable
as $$
  select s.key from stage.state as s
  where s.stage = 'generate' and s.key = any (keys) and position('"wantsSummary":true'::bytea in s.value) > 0
$$;
