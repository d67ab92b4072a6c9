-- That this installation's log is on Kafka: from then on the tables of the embedded log are the outbox and nothing else.
create table if not exists kafka.home (
  only_row boolean primary key default true check (only_row),
  since timestamptz not null default now()
);

-- A copy of the embedded log to Kafka, from its first run to the cut-over. Of a run that did not end in order, some of
-- what it had sent may still arrive.
create table if not exists kafka.copy (
  only_row boolean primary key default true check (only_row),
  is_settled boolean not null
);
