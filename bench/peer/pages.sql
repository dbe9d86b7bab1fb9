-- the pages with most visitors
SELECT
    pathname,
    uniq(user_id) AS visitors,
    count()
FROM peer_events
WHERE site_id = 1
    AND name = 'pageview'
    AND timestamp >= {start:DateTime}
    AND timestamp < {end:DateTime}
GROUP BY pathname
ORDER BY visitors DESC
LIMIT 9
