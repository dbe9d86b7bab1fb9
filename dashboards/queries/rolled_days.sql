-- day, events, rolled, is_rolled, is_whole, last_day: each day with events or rolled up; how many events it has and how many of them were rolled up
SELECT
    day,
    sum(told) AS events,
    sum(kept) AS rolled,
    max(published) AS is_rolled,
    max(whole) AS is_whole,
    max(last) AS last_day
FROM
(
    SELECT
        day,
        count() AS told,
        0 AS kept,
        false AS published,
        false AS whole,
        toDate(0) AS last
    FROM events
    WHERE <shown>
        AND site = {site:String}
        AND indexHint(toDate(time) >= {from_day:Date} AND toDate(time) <= {to_day:Date}) -- finds the rows, reads no time
        AND day >= {from_day:Date}
        AND day <= {to_day:Date}
    GROUP BY day
    UNION ALL
    SELECT day, 0, sum(own), false, false, toDate(0)
    FROM rolled_sessions
    WHERE <shown>
        AND site = {site:String}
        AND day >= {from_day:Date}
        AND day <= {to_day:Date}
        AND roll IN
        (
            SELECT argMax(roll, version)
            FROM rolled_days
            WHERE site = {site:String} AND definition = {definition:String}
            GROUP BY day
        )
    GROUP BY day
    UNION ALL
    SELECT day, 0, 0, true, argMax(is_whole, version), argMax(last_day, version)
    FROM rolled_days
    WHERE site = {site:String} AND definition = {definition:String} AND day >= {from_day:Date} AND day <= {to_day:Date}
    GROUP BY day
)
GROUP BY day
ORDER BY day
