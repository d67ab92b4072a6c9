-- The chunks of one language that a question's words find when they are read in it, by BM25 (k1 = 1.2, b = 0.5), best
-- first, of those that `filter` leaves where there is one. What a word counts for is counted in all languages together, so
-- that their scores can be compared.
--
-- To rank all that hold a common word would take long, so at most `budget` are looked at: those with the rarest
-- words, then those with two common words at once; all of them where the filter is known to leave no more than that
-- (`takes_all`). How often a word stands in a chunk comes from ts_rank, which for one word with all weights at 1 is 6/pi² · sum(1/i²) over its
-- places: within 2 % of the number that the formula below gives back.
create function by_words_in(
  of_tenant uuid, in_language regconfig, question text, filter tsquery, takes_all boolean, budget integer, most integer
) returns table (chunk uuid, score double precision)
language plpgsql stable
set search_path from current
-- An index on terms can only be used by a bitmap.
set enable_bitmapscan = on
set enable_seqscan = off
as $$
declare
  everything double precision;
  average double precision;
  lexemes text[];
  -- In this language, and in all.
  counts integer[];
  everywhere integer[];
  queries tsquery[] := '{}';
  weights double precision[] := '{}';
  wanted tsquery;
  left_over integer := budget;
  first_common integer;
  last_common integer;
  of_language double precision;
  pairs tsquery;
begin
  select c.chunks, greatest(c.words::double precision / nullif(c.chunks, 0), 1),
    (select s.chunks from spoken as s where s.tenant = of_tenant and s.language = in_language)
  into everything, average, of_language
  from corpus as c where c.tenant = of_tenant;
  if coalesce(of_language, 0) <= 0 then return; end if;

  select
    array_agg(t.lexeme order by t.own, t.lexeme), array_agg(t.own order by t.own, t.lexeme),
    array_agg(t.everywhere order by t.own, t.lexeme)
  into lexemes, counts, everywhere
  from (
    select
      t.lexeme, coalesce(sum(t.chunks) filter (where t.language = in_language), 0)::integer as own,
      sum(t.chunks)::integer as everywhere
    from unnest(to_tsvector(in_language, question)) as w
    join term as t on t.tenant = of_tenant and t.lexeme = w.lexeme
    group by t.lexeme
  ) as t
  where t.own > 0;
  if lexemes is null then return; end if;

  for i in 1 .. least(array_length(lexemes, 1), 32) loop
    queries := queries || quoted(lexemes[i])::tsquery;
    weights := weights || ln(
      1 + greatest(everything - everywhere[i], 0) / (everywhere[i] + 0.5) + 0.5 / (everywhere[i] + 0.5)
    );
    if takes_all or (first_common is null and counts[i] <= left_over) then
      wanted := case when wanted is null then queries[i] else wanted || queries[i] end;
      left_over := left_over - counts[i];
    else
      first_common := coalesce(first_common, i);
    end if;
  end loop;

  if first_common is not null and (wanted is null or left_over > budget / 2) then
    last_common := least(first_common + 5, array_length(queries, 1));
    select string_agg(format('%s & (%s)', p.word, p.others), ' | ')::tsquery into pairs
    from (
      select quoted(lexemes[p.a]) as word, string_agg(quoted(lexemes[p.b]), ' | ') as others
      from (
        select p.a, p.b, row_number() over rarest as rank, sum(p.expected) over rarest as expected
        from (
          select a, b, counts[a]::double precision * counts[b] / of_language as expected
          from generate_series(first_common, last_common) as a
          cross join lateral generate_series(a + 1, last_common) as b
        ) as p
        window rarest as (order by p.expected, p.a, p.b)
      ) as p
      where p.rank = 1 or p.expected <= left_over
      group by p.a
    ) as p;
    wanted := coalesce(wanted || pairs, pairs, wanted, queries[first_common]);
  end if;
  wanted := coalesce(wanted && filter, wanted);
  -- Where nearly all chunks are in it, its lexeme would be read from beginning to end, and leave out little.
  if (
    select c.reltuples > 0 and c.reltuples - of_language <= least(10 * budget, of_language / 10) from pg_class as c
    where c.oid = 'chunk'::regclass
  ) is not true then
    wanted := wanted && quoted(language_lexeme(of_tenant, in_language))::tsquery;
  end if;

  return query
  select c.id, s.score
  from (
    -- Unpacked once, not for each word.
    select
      x.id, x.document, x.revision, setweight(x.terms, 'D', '{}') as terms,
      1.2 * (0.5 + 0.5 * x.length / average) as damping
    from chunk as x
    where
      x.terms @@ wanted and x.tenant = of_tenant and x.language = in_language
    limit budget
  ) as c
  cross join lateral (
    select sum(
      q.weight * 2.2 * (
        1 - c.damping / (0.6079271 / (1.0000001 - ts_rank('{1,1,1,1}', c.terms, q.query)) - 0.5 + c.damping)
      )
    ) as score
    from unnest(queries, weights) as q (query, weight)
    where c.terms @@ q.query
  ) as s
  where exists (select from document as d where d.id = c.document and d.revision = c.revision)
  order by 2 desc, 1
  limit most;
end
$$;

-- The chunks that a question's words find, best first: in each language that the tenant's documents are in. Of
-- those that the agent does not speak half as many are looked at, unless a filter leaves few.
create function by_words(
  of_tenant uuid, agents_language regconfig, question text, bases text[], with_tags text[], documents uuid[],
  budget integer, most integer
) returns table (chunk uuid, score double precision)
language sql stable
set search_path from current
as $$
  select w.chunk, w.score
  from (
    select f.query, f.query is not null and leaves_few(of_tenant, bases, with_tags, documents, budget) as is_narrow
    from (select filter_query(of_tenant, bases, with_tags, documents) as query offset 0) as f
    offset 0
  ) as f
  cross join spoken as s
  cross join lateral (
    select case when f.is_narrow or s.language = agents_language then budget else budget / 2 end as share
  ) as b
  cross join lateral by_words_in(of_tenant, s.language, question, f.query, f.is_narrow, b.share, most) as w
  where s.tenant = of_tenant and s.chunks > 0
  order by w.score desc, w.chunk
  limit most
$$;
