insert into place (tenant, conversation, partition, block)
select distinct tenant, stream::uuid, partition, "offset" / 256
from batch
order by 2, 3, 4
on conflict do nothing;
