-- visitor, session, started, seconds, entry_page, views, events, channel, campaign, country, city, device, level: the newest sessions that may be looked at
-- with: profiled
SELECT
    visitor,
    session,
    started,
    date_diff('second', started, ended) AS seconds,
    entry_page,
    views,
    events,
    channel,
    campaign,
    country,
    city,
    device,
    funnel_level AS level
FROM
(
    <sessions>
)
WHERE visitor IN (SELECT visitor FROM profiled)
ORDER BY started DESC, session
LIMIT {rows:UInt32}
