-- step, source, target, sessions: which page followed which at a session's first steps; an empty target is the end of the session
SELECT
    arrayJoin(arrayMap(place -> (place, route[place], route[place + 1]), range(1, least(length(route), 3) + 1))) AS pair,
    pair.1 AS step,
    pair.2 AS source,
    pair.3 AS target,
    count() AS sessions
FROM
(
    SELECT arraySlice(arrayCompact(trail), 1, 4) AS route -- a page that is loaded again is no step
    FROM
    (
        <sessions>
    )
)
GROUP BY pair
ORDER BY step, sessions DESC, source, target
LIMIT {rows:UInt32}
