-- visitor, session, started, ended, events, views, pages and first attributes: each whole session that starts in the period and matches every filter.
-- A day of margin on either side sees a session whole. An empty filter matches everything; as it stands
-- outside the aggregation, columns that neither a filter nor the panel asks for are never computed.
SELECT *
FROM
(
    SELECT
        visitor,
        session,
        min(time) AS started,
        max(time) AS ended,
        count() AS events,
        countIf(name = 'page_view') AS views,
        groupArrayIf(path, name = 'page_view') AS pages,
        argMinIf(path, time, name = 'page_view') AS entry_page,
        argMinIf(referrer_domain, time, name = 'page_view') AS referrer,
        argMinIf(channel, time, name = 'page_view') AS channel,
        argMinIf(utm_campaign, time, name = 'page_view') AS campaign,
        argMin(country, time) AS country,
        argMin(region, time) AS region,
        argMin(city, time) AS city,
        argMin(browser, time) AS browser,
        argMin(system, time) AS system,
        argMin(device, time) AS device,
        windowFunnel(172800000)
        (
            toUInt64(toUnixTimestamp64Milli(time)),
            name = 'view_item',
            name = 'add_to_cart',
            name = 'begin_checkout',
            name = 'add_shipping_info',
            name = 'add_payment_info',
            name = 'purchase'
        ) AS funnel_level
    FROM {events:Identifier}
    WHERE site = {site:String}
        AND time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
        AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    GROUP BY visitor, session
    HAVING started >= {since:DateTime64(3, 'UTC')}
        AND started < {end:DateTime64(3, 'UTC')}
        AND (started >= {start:DateTime64(3, 'UTC')} OR started < {until:DateTime64(3, 'UTC')})
)
WHERE (empty({page:Array(String)}) OR hasAny(pages, {page:Array(String)}))
    AND (empty({entry_page:Array(String)}) OR has({entry_page:Array(String)}, entry_page))
    AND (empty({referrer:Array(String)}) OR has({referrer:Array(String)}, referrer))
    AND (empty({channel:Array(String)}) OR has({channel:Array(String)}, channel))
    AND (empty({campaign:Array(String)}) OR has({campaign:Array(String)}, campaign))
    AND (empty({country:Array(String)}) OR has({country:Array(String)}, country))
    AND (empty({region:Array(String)}) OR has({region:Array(String)}, region))
    AND (empty({city:Array(String)}) OR has({city:Array(String)}, city))
    AND (empty({browser:Array(String)}) OR has({browser:Array(String)}, browser))
    AND (empty({system:Array(String)}) OR has({system:Array(String)}, system))
    AND (empty({device:Array(String)}) OR has({device:Array(String)}, device))
