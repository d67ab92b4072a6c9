-- Where the events of a conversation stand in the log, by blocks of 256 offsets: a conversation's events come in
-- bursts, so few rows lead to all of them. What reads a block passes over the other conversations' events.
create table place (
  tenant uuid not null,
  conversation uuid not null,
  partition integer not null,
  -- The offset divided by 256.
  block bigint not null,
  primary key (conversation, partition, block)
);
