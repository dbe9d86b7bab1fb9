-- answer, answers: how visitors answered the question, from counters without personal data; the newest version of a counter counts
SELECT
    if(kind = 'others', 'refused', kind) AS answer, -- who agreed, but not to statistics, is in no figure
    sum(newest) AS answers
FROM
(
    SELECT
        kind,
        argMax(count, version) AS newest
    FROM daily_counts
    WHERE site = {site:String}
        AND day >= {first_day:Date}
        AND day <= {last_day:Date}
        AND kind IN ('accepted', 'partly', 'others', 'refused')
    GROUP BY machine, site, day, kind, detail
)
GROUP BY answer
ORDER BY answer
