-- value, visitors, sessions, page_views: the pages seen in the period's sessions
-- with: sessions
SELECT
    page AS value,
    uniqExact(visitor) AS visitors,
    uniqExact(visitor, session) AS sessions,
    count() AS page_views
FROM sessions
ARRAY JOIN pages AS page
GROUP BY page
ORDER BY visitors DESC, page_views DESC, value
LIMIT {rows:UInt32}
