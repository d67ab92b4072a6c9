-- The epochs of the outbox's numbers; 0 before the first. A database that was restored from a backup gives out
-- numbers that Kafka has already; the epoch in front of them tells readers the new from the old.
create table if not exists kafka.epoch (
  epoch bigint primary key check (epoch > 0),
  begun_at timestamptz not null default now()
);
