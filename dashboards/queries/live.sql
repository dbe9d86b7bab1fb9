-- visitors, events: seen since the given moment
SELECT
    uniqExact(visitor) AS visitors,
    count() AS events
FROM events
WHERE <shown>
    AND site = {site:String}
    AND indexHint(toDate(time) >= toDate({recent:DateTime64(3, 'UTC')}))
    AND time >= {recent:DateTime64(3, 'UTC')}
