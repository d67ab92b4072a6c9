-- Which of these keys have inputs waiting that hold new ones back.
create or replace function stage.busy(
  of_stage text, partitions integer[], keys text[]
) returns table (key text)
language sql stable
as $$
  select k.key from unnest(partitions, keys) as k (partition, key)
  where exists (
    select from stage.waiting as w
    where w.stage = of_stage and w.partition = k.partition and w.key = k.key and not w.is_alone
  )
$$;

-- Heads that are due, oldest first.
create or replace function stage.due(
  of_stage text, partitions integer[], at timestamptz, most integer
) returns table (partition integer, key text)
language sql stable
as $$
  select w.partition, w.key
  from unnest(partitions) as p
  cross join lateral (
    select w.partition, w.key, w.due_at from stage.waiting as w
    where w.stage = of_stage and w.partition = p and w.due_at <= at
    order by w.due_at limit most
  ) as w
  order by w.due_at
  limit most
$$;

-- When the next head falls due; null when none waits for a time.
create or replace function stage.next_due(of_stage text, partitions integer[]) returns timestamptz
language sql stable
as $$
  select min(w.due_at)
  from unnest(partitions) as p
  cross join lateral (
    select w.due_at from stage.waiting as w
    where w.stage = of_stage and w.partition = p and w.due_at is not null
    order by w.due_at limit 1
  ) as w
$$;

drop function if exists stage.queue(text, integer[], text[], integer);

-- The inputs that wait under these keys, at most `most` of each, in order. The value is left out where the caller
-- holds it: of the input at the offset that `held` gives for its key, or -1.
create or replace function stage.queue(
  of_stage text, partitions integer[], keys text[], held bigint[], most integer
) returns table (
  partition integer, key text, "offset" bigint, id uuid, type text, tenant uuid, "time" timestamptz,
  source text, causation uuid, correlation uuid, traceparent text, value bytea, attempt integer,
  intent_at timestamptz, is_parked boolean
)
language sql stable
as $$
  select
    w.partition, w.key, w."offset", w.id, w.type, w.tenant, w.time, w.source, w.causation, w.correlation,
    w.traceparent, case when w."offset" <> k.held then w.value end, w.attempt, w.intent_at,
    w.parked_reason is not null
  from unnest(partitions, keys, held) as k (partition, key, held)
  cross join lateral (
    select * from stage.waiting as w
    where
      w.stage = of_stage and w.partition = k.partition and w.key = k.key
      -- What was parked alone and waits for a person is passed over.
      and not (w.is_alone and w.parked_reason is not null)
    order by w."offset" limit most
  ) as w
  order by w.partition, w.key, w."offset"
$$;

create or replace function stage.enqueue(
  of_stage text, partitions integer[], keys text[], offsets bigint[], ids uuid[], types text[],
  tenants uuid[], times timestamptz[], sources text[], causations uuid[], correlations uuid[],
  traceparents text[], bodies bytea[], attempts integer[], dues timestamptz[], intents timestamptz[],
  reasons text[], alone boolean[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.waiting (
      stage, partition, key, "offset", id, type, tenant, time, source, causation, correlation, traceparent,
      value, attempt, due_at, intent_at, parked_reason, parked_at, is_alone
    )
    select
      of_stage, t.partition, t.key, t."offset", t.id, t.type, t.tenant, t.time, t.source, t.causation,
      t.correlation, t.traceparent, t.value, t.attempt, t.due_at, t.intent_at, t.reason,
      case when t.reason is not null then clock_timestamp() end, t.is_alone
    from unnest(
      partitions, keys, offsets, ids, types, tenants, times, sources, causations, correlations, traceparents,
      bodies, attempts, dues, intents, reasons, alone
    ) as t (
      partition, key, "offset", id, type, tenant, time, source, causation, correlation, traceparent, value,
      attempt, due_at, intent_at, reason, is_alone
    );
end
$$;

create or replace function stage.dequeue(
  of_stage text, partitions integer[], keys text[], offsets bigint[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  delete from stage.waiting as w
    using unnest(partitions, keys, offsets) as t (partition, key, "offset")
    where
      w.stage = of_stage and w.partition = t.partition and w.key = t.key and w."offset" = t."offset";
end
$$;

-- What the heads of these keys wait for now.
create or replace function stage.hold(
  of_stage text, partitions integer[], keys text[], offsets bigint[], attempts integer[],
  dues timestamptz[], intents timestamptz[], reasons text[], alone boolean[]
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  update stage.waiting as w
    set
      attempt = t.attempt, due_at = t.due_at, intent_at = t.intent_at, parked_reason = t.reason,
      parked_at = case when t.reason is not null then clock_timestamp() end, is_alone = t.is_alone
    from unnest(
      partitions, keys, offsets, attempts, dues, intents, reasons, alone
    ) as t (partition, key, "offset", attempt, due_at, intent_at, reason, is_alone)
    where
      w.stage = of_stage and w.partition = t.partition and w.key = t.key and w."offset" = t."offset";
end
$$;
