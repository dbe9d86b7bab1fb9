-- The same events.
INSERT INTO peer_events
SELECT
    if(name = 'page_view', 'pageview', name),
    1,
    cityHash64(visitor),
    cityHash64(session),
    path,
    time
FROM events
