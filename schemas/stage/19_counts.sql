-- For the metrics: what waits.
create or replace view stage.waiting_counts as
select stage, case when parked_reason is not null then 'parked' else 'waiting' end as state
from stage.waiting;

-- For the metrics: what became of the effects of the last hour.
create or replace view stage.ledger_states as
select
  stage,
  case
    when outcome is null then 'intended'
    else (select key from jsonb_object_keys(outcome) as key limit 1)
  end as state
from stage.ledger
where coalesce(outcome_at, intent_at) > now() - interval '1 hour';

