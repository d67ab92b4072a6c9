-- What tenants, agents and models have used up of the day and the minute that `at` lies in.
create or replace function stage.model_uses(
  tenants uuid[], at timestamptz
) returns table (tenant uuid, scope text, is_minute boolean, requests bigint, tokens bigint, cost_micros bigint)
language sql stable
as $$
  select u.tenant, u.scope, u.is_minute, u.requests, u.tokens, u.cost_micros
  from stage.model_use as u
  where
    u.tenant = any (tenants)
    and u.period = date_trunc(case when u.is_minute then 'minute' else 'day' end, at, 'UTC')
$$;

-- In the order given, so that two transactions never wait for each other. What is past is dropped with it.
create or replace function stage.add_model_uses(
  tenants uuid[], scopes text[], minutes integer[], requests bigint[], tokens bigint[], costs bigint[], at timestamptz
) returns void
language plpgsql
as $$
#variable_conflict use_column
begin
  insert into stage.model_use as u (tenant, scope, is_minute, period, requests, tokens, cost_micros)
    select
      t.tenant, t.scope, t.minute = 1,
      date_trunc(case when t.minute = 1 then 'minute' else 'day' end, at, 'UTC'), t.requests, t.tokens, t.cost
    from unnest(tenants, scopes, minutes, requests, tokens, costs)
      with ordinality as t (tenant, scope, minute, requests, tokens, cost, ordinal)
    order by t.ordinal
    on conflict (tenant, scope, is_minute, period) do update set
      requests = u.requests + excluded.requests,
      tokens = u.tokens + excluded.tokens,
      cost_micros = u.cost_micros + excluded.cost_micros;
  delete from stage.model_use as u
  where
    u.tenant = any (tenants) and u.is_minute and u.period < at - interval '10 minutes'
    or u.tenant = any (tenants) and u.period < at - interval '3 days';
end
$$;

-- Answers that may be given again.
create or replace function stage.cached_answers(
  questions text[], at timestamptz
) returns table (question text, reply uuid, content text, facts text)
language sql stable
as $$
  select c.question, c.reply, c.content, c.facts
  from stage.cached_answer as c
  where c.question = any (questions) and c.expires_at > at
$$;

create or replace function stage.cache_answer(
  of_tenant uuid, of_question text, of_reply uuid, says text, with_facts text, at timestamptz, until timestamptz
) returns void
language sql
as $$
  delete from stage.cached_answer as c where c.tenant = of_tenant and c.expires_at < at;
  insert into stage.cached_answer as c (question, tenant, reply, content, facts, expires_at)
  values (of_question, of_tenant, of_reply, says, with_facts, until)
  on conflict (question) do update set
    reply = excluded.reply, content = excluded.content, facts = excluded.facts, expires_at = excluded.expires_at
$$;
