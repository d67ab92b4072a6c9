insert into document (
  id, tenant, title, media_type, language, knowledge_base, tags, bytes, blob, state, chunks, uploaded_at,
  changed_at
)
select
  (facts ->> 'document')::uuid, tenant, facts ->> 'title', facts ->> 'media_type', facts ->> 'language',
  coalesce(facts ->> 'knowledge_base', ''), array(select jsonb_array_elements_text(facts -> 'tags')),
  (facts ->> 'bytes')::bigint, facts ->> 'blob', 'queued', 0, time, time
from batch
where type = 'document.uploaded'
order by topic, partition, "offset"
on conflict (id) do nothing;

-- The last word on each document; nothing follows its removal.
update document as d set
  state = t.state,
  chunks = t.chunks,
  language = coalesce(t.language, d.language),
  error = t.error,
  changed_at = t.time
from (
  select distinct on (facts ->> 'document')
    (facts ->> 'document')::uuid as document,
    case type
      when 'document.indexed' then 'indexed'
      when 'document.failed' then 'failed'
      else 'removed'
    end as state,
    coalesce((facts ->> 'chunks')::integer, 0) as chunks,
    facts ->> 'language' as language,
    facts ->> 'reason' as error,
    time
  from batch
  where type in ('document.indexed', 'document.failed', 'document.removed')
  order by facts ->> 'document', type = 'document.removed' desc, "offset" desc
) as t
where d.id = t.document and d.state <> 'removed';
