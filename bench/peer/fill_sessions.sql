-- The same sessions, each in its last state: nothing is left to cancel.
INSERT INTO peer_sessions
SELECT
    cityHash64(session),
    1,
    1,
    cityHash64(any(visitor)),
    count() = 1 AND any(name) = 'page_view',
    argMin(path, time),
    countIf(name = 'page_view'),
    count(),
    date_diff('second', min(time), max(time)),
    argMin(channel, time),
    argMin(country, time),
    argMin(device, time),
    min(time),
    max(time)
FROM events
WHERE toYYYYMM(time) = {month:UInt32}
GROUP BY session
