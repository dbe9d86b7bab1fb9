-- time, name, path, country, browser: the latest events; never an id, never an address
SELECT
    time,
    name,
    path,
    country,
    browser
FROM events
WHERE <shown>
    AND site = {site:String}
    AND indexHint(toDate(time) >= toDate({recent:DateTime64(3, 'UTC')}))
    AND time >= {recent:DateTime64(3, 'UTC')}
ORDER BY time DESC, event
LIMIT {rows:UInt32}
