-- visitor, time, name, path, …: every event of one session that may be looked at; never an address of the network
-- with: profiled
SELECT
    visitor,
    time,
    name,
    path,
    title,
    referrer_domain,
    channel,
    utm_campaign AS campaign,
    country,
    city,
    browser,
    system,
    device,
    search_term,
    link_url,
    order,
    confirmed,
    currency,
    value,
    coupon,
    payment_type,
    shipping_tier,
    items.item_name AS items
FROM events
WHERE <shown>
    AND site = {site:String}
    AND session = {session:UUID}
    AND indexHint(toDate(time) >= toDate({start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY))
    AND time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
    AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    AND visitor IN (SELECT visitor FROM profiled)
ORDER BY time, name != 'page_view', event
LIMIT {rows:UInt32}
