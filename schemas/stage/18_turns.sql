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

-- The last turns of each conversation, in order.
create or replace function stage.turns(
  conversations uuid[], most integer
) returns table (conversation uuid, ordinal integer, role text, content text, message uuid)
language sql stable
as $$
  select c.conversation, t.ordinal, t.role, t.content, t.message
  from unnest(conversations) as c (conversation)
  cross join lateral (
    select * from stage.turn as t
    where t.conversation = c.conversation
    order by t.ordinal desc limit most
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
