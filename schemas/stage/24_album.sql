-- Albums whose files may still be edited or taken back: the message that they became, by the HMACs of the provider's ids
-- of their files, and what each file was, sealed.
create table if not exists stage.album (
  conversation uuid not null,
  message uuid not null,
  parts text[] not null,
  value bytea not null,
  primary key (conversation, message)
);

-- Those of these conversations that hold one of these files.
create or replace function stage.albums(conversations uuid[], files text[])
returns table (conversation uuid, value bytea)
language sql stable
as $$
  select a.conversation, a.value from stage.album as a
  where a.conversation = any (conversations) and a.parts && files
$$;

-- parts: of each album its files, with a space between them.
create or replace function stage.save_albums(
  conversations uuid[], messages uuid[], parts text[], bodies bytea[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.album (conversation, message, parts, value)
    select t.conversation, t.message, string_to_array(t.parts, ' '), t.value
    from unnest(conversations, messages, parts, bodies) as t (conversation, message, parts, value)
    on conflict (conversation, message) do update set parts = excluded.parts, value = excluded.value;
end
$$;
