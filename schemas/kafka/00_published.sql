-- How far the outbox, which is the embedded log's tables, has been published to Kafka.
create schema if not exists kafka;

-- The highest number of each partition that Kafka has acknowledged. Rows are inserted and older ones deleted,
-- never updated: the highest is found at once however many dead rows an old snapshot keeps.
create table if not exists kafka.published (
  topic smallint not null,
  partition integer not null,
  sequence bigint not null,
  primary key (topic, partition, sequence)
);
