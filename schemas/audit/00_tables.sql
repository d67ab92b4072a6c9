-- Sealed checkpoints over the log: a Merkle tree (RFC 6962, section 2.1) over the events of every partition, whose
-- roots are signed and chained. Rows of `block` and `checkpoint` are only ever added, but for the last block of a
-- partition, which grows.
create schema if not exists audit;

-- How far the tree of a partition reaches, and where reading goes on.
create table if not exists audit.tree (
  topic smallint not null,
  partition integer not null,
  size bigint not null check (size > 0),
  next_offset bigint not null,
  -- The outbox's sequence number that was seen last; only Kafka has them.
  sequence bigint,
  primary key (topic, partition)
);

-- 1,024 leaves of a tree. `places` packs 24 bytes a leaf, the event's id and its offset when it was read (big-endian);
-- `hashes` packs 32. `root` is the hash over them once the block is full: a node of the tree, 10 levels up.
create table if not exists audit.block (
  topic smallint not null,
  partition integer not null,
  number bigint not null,
  places bytea not null,
  hashes bytea not null,
  root bytea check (octet_length(root) = 32),
  check (octet_length(places) = octet_length(hashes) / 32 * 24),
  check (octet_length(hashes) between 32 and 32768),
  primary key (topic, partition, number)
);

-- Hashes and ids do not compress, and looking for an id must not fetch the hashes.
alter table audit.block alter column places set storage external;
alter table audit.block alter column hashes set storage external;

-- `body` is the JSON text whose UTF-8 bytes are signed (Ed25519).
create table if not exists audit.checkpoint (
  number bigint primary key check (number > 0),
  body text not null,
  signature bytea not null
);

-- The key that signs; `wrapped` is its private half, wrapped under the master key.
create table if not exists audit.signing_key (
  only_row boolean primary key default true check (only_row),
  public bytea not null,
  wrapped bytea not null
);
