-- card, value, code, visitors, sessions, page_views, bounces: the largest groups of one dimension a card, all cards in one scan
-- with: sessions
SELECT
    multiIf(grouping(place) = 0, 'places', grouping(source) = 0, 'sources', grouping(technology) = 0, 'technology', 'pages') AS card,
    multiIf(card = 'places', place, card = 'sources', source, card = 'technology', technology, page) AS value,
    country_code AS code,
    uniqExact(visitor) AS visitors,
    count() AS sessions,
    sum(views) AS page_views,
    countIf(events = 1 AND views = 1) AS bounces
FROM
(
    SELECT
        visitor,
        views,
        events,
        if({pages:String} = 'entry_page', entry_page, '') AS page,
        multiIf({sources:String} = 'channel', channel, {sources:String} = 'referrer', referrer, {sources:String} = 'campaign', campaign, '') AS source,
        multiIf({places:String} = 'country', country, {places:String} = 'region', region, {places:String} = 'city', city, '') AS place,
        if({places:String} IN ('region', 'city'), country, '') AS country_code,
        multiIf({technology:String} = 'browser', browser, {technology:String} = 'system', system, {technology:String} = 'device', device, '') AS technology
    FROM sessions
)
GROUP BY GROUPING SETS ((page), (source), (place, country_code), (technology))
ORDER BY card, visitors DESC, sessions DESC, value, code
LIMIT {rows:UInt32} BY card
