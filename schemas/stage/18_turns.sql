create or replace function stage.add_turns(
  conversations uuid[], ordinals integer[], roles text[], contents text[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.turn (conversation, ordinal, role, content)
    select * from unnest(conversations, ordinals, roles, contents);
end
$$;

-- The last turns of each conversation, in order.
create or replace function stage.turns(
  conversations uuid[], most integer
) returns table (conversation uuid, ordinal integer, role text, content text)
language sql stable
as $$
  select c.conversation, t.ordinal, t.role, t.content
  from unnest(conversations) as c (conversation)
  cross join lateral (
    select * from stage.turn as t
    where t.conversation = c.conversation
    order by t.ordinal desc limit most
  ) as t
  order by c.conversation, t.ordinal
$$;
