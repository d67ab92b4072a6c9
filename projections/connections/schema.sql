-- What a provider told of an account, and what an account was sent that no person wrote. What it was told by stays sealed
-- in the log.
create table notice (
  -- Of its event.
  id uuid primary key,
  tenant uuid not null,
  connection uuid not null,
  channel text not null,
  -- A word of the channel: template.approved, auto-reply, bounce
  kind text not null,
  at timestamptz not null,
  provider_time timestamptz,
  -- Of the message that it answers, or that it tells of.
  reply_hmac text collate "C"
);
