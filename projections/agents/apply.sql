insert into agent (id, tenant, name, state, created_at)
select (facts ->> 'agent')::uuid, tenant, facts ->> 'name', 'draft', time
from batch
where type = 'agent.created'
order by topic, partition, "offset"
on conflict (id) do nothing;

insert into agent_version (agent, version, tenant, definition, published_at, restores)
select
  (facts ->> 'agent')::uuid, (facts ->> 'version')::integer, tenant, facts -> 'definition', time,
  (facts ->> 'restores')::integer
from batch
where type = 'agent.published'
order by topic, partition, "offset"
on conflict (agent, version) do nothing;

-- An agent that was archived stays so.
update agent as a set
  version = coalesce(v.version, a.version),
  published_at = coalesce(v.published_at, a.published_at),
  state = case
    when a.state = 'archived' or t.is_archived then 'archived'
    when v.version is not null then 'published'
    else a.state
  end
from (
  select (facts ->> 'agent')::uuid as agent, bool_or(type = 'agent.archived') as is_archived
  from batch
  where type in ('agent.published', 'agent.archived')
  group by 1
) as t
left join lateral (
  select n.version, n.published_at from agent_version as n
  where n.agent = t.agent
  order by n.version desc limit 1
) as v on true
where a.id = t.agent;

-- The last of a batch says whether there is a draft: publishing a version ends it.
update agent as a set
  name = coalesce(c.name, a.name),
  draft = case when c.type = 'agent.changed' then c.definition end,
  changed_at = case when c.type = 'agent.changed' then c.time end
from (
  select
    (facts ->> 'agent')::uuid as agent,
    (array_agg(facts ->> 'name' order by "offset" desc) filter (where type = 'agent.changed'))[1] as name,
    (array_agg(facts -> 'definition' order by "offset" desc))[1] as definition,
    (array_agg(type order by "offset" desc))[1] as type,
    (array_agg(time order by "offset" desc))[1] as time
  from batch
  where type in ('agent.changed', 'agent.published')
  group by 1
) as c
where a.id = c.agent;
