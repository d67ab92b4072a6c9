-- The ledger as an archive may keep it: what an effect came to holds words and provider's ids in the clear until its
-- input is done with. Of a call whose outcome is left out nobody knows what came of it, as after a crash.
create or replace view stage.settled_ledger as
select
  l.stage, l.input, l.step, l.tenant, l.intent_at,
  case when w.waits then null else l.outcome_at end as outcome_at,
  case when w.waits then null else coalesce(l.settled, l.outcome) end as outcome,
  null::jsonb as settled
from stage.ledger as l
cross join lateral (
  select exists (select from stage.waiting as w where w.stage = l.stage and w.id = l.input) as waits
) as w;
