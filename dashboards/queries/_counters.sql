-- kind, detail, newest: the counters without personal data of the period's days, one row each machine, day, kind and detail; the newest version counts
SELECT
    kind,
    detail,
    argMax(count, version) AS newest
FROM daily_counts
WHERE site = {site:String}
    AND day >= {first_day:Date}
    AND day <= {last_day:Date}
GROUP BY machine, site, day, kind, detail
