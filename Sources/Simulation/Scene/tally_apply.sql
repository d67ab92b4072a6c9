insert into tally as t (tenant, stream, numbers)
select tenant, stream, string_agg(facts ->> 'number', ',' order by "offset")
from batch
group by 1, 2
order by 1, 2
on conflict (stream) do update set numbers = t.numbers || ',' || excluded.numbers;
