-- visitor, session, started, …: each whole session that starts in the period, or in the one that it is compared with
-- A day of margin on either side sees a session whole. The engine computes only the columns that something asks for.
SELECT
    visitor,
    session,
    cityHash64(visitor) AS person, -- counted faster than the id itself
    min(time) AS started,
    max(time) AS ended,
    count() AS events,
    -- what a visitor did: whether a page measures itself must not change who bounced
    countIf(name NOT IN ('scroll', 'user_engagement', 'web_vitals', 'exception', 'page_not_found')) AS acts,
    countIf(name = 'page_view') AS views,
    countIf(name = 'purchase') AS purchased,
    date_diff('millisecond', started, ended) AS milliseconds,
    ended + INTERVAL 30 MINUTE <= {now:DateTime64(3, 'UTC')} AS is_over,
    min(raw.born) AS born_at,
    if(started >= {start:DateTime64(3, 'UTC')}, 'current', 'previous') AS period,
    min(born) >= if(started >= {start:DateTime64(3, 'UTC')}, {start:DateTime64(3, 'UTC')}, {since:DateTime64(3, 'UTC')}) AS is_new,
    if(is_new, 'new', 'returning') AS visitor_kind,
    toString(toDayOfWeek(started, 0, {zone:String})) AS weekday,
    toString(toHour(started, {zone:String})) AS hour,
    multiIf(
        {step:String} = 'hour', toUnixTimestamp(toStartOfHour(started, {zone:String})),
        {step:String} = 'week', toUInt32(toMonday(started, {zone:String})),
        {step:String} = 'month', toUInt32(toStartOfMonth(started, {zone:String})),
        toUInt32(toDate(started, {zone:String}))
    ) AS bucket, -- hours in seconds, else days, since 1970
    argMinIf(path, time, name = 'page_view') AS entry_page,
    argMaxIf(path, time, name = 'page_view') AS exit_page,
    argMinIf(referrer_domain, time, name = 'page_view') AS referrer,
    argMinIf(raw.referrer_host, time, name = 'page_view') AS referrer_host,
    argMinIf(raw.referrer_url, time, name = 'page_view') AS referrer_url,
    argMinIf(raw.channel, time, name = 'page_view') AS channel,
    argMinIf(utm_campaign, time, name = 'page_view') AS campaign,
    argMinIf(utm_source, time, name = 'page_view') AS source,
    argMinIf(utm_medium, time, name = 'page_view') AS medium,
    argMinIf(utm_term, time, name = 'page_view') AS term,
    argMinIf(utm_content, time, name = 'page_view') AS content,
    argMin(raw.country, time) AS country,
    argMin(raw.region, time) AS region,
    argMin(raw.city, time) AS city,
    argMin(raw.browser, time) AS browser,
    trimRight(argMin(concat(raw.browser, ' ', browser_version), time)) AS browser_release,
    argMin(raw.system, time) AS system,
    argMin(raw.device, time) AS device,
    windowFunnel(172800000)
    (
        toUInt64(toUnixTimestamp64Milli(time)),
        name = 'view_item',
        name = 'add_to_cart',
        name = 'begin_checkout',
        name = 'add_shipping_info',
        name = 'add_payment_info',
        name = 'purchase'
    ) AS funnel_level,
    arrayFold(
        (way, moments) -> arrayPushBack(
            way,
            if(
                arrayFirst(moment -> moment >= way[-1], moments) = 0,
                toInt64(9223372036854775807),
                arrayFirst(moment -> moment >= way[-1], moments)
            )
        ),
        [
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'view_item')),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'add_to_cart')),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'begin_checkout')),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'add_shipping_info')),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'add_payment_info')),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'purchase'))
        ],
        [toInt64(1)]
    ) AS way, -- after a first 1, when each step was reached, in milliseconds; the greatest number when it was not
    groupArrayIf(path, name = 'page_view') AS pages,
    arrayMap(seen -> seen.2, arraySort(groupArrayIf((time, path), name = 'page_view'))) AS trail, -- in the order of time
    groupUniqArray(name) AS names,
    groupUniqArrayIf(raw.search_term, raw.search_term != '') AS searches,
    groupUniqArrayArray(`items.item_id`) AS items,
    groupUniqArrayArray(`items.item_category`) AS categories,
    groupUniqArrayArray(`items.item_brand`) AS brands,
    groupUniqArrayIf(raw.coupon, raw.coupon != '') AS coupons,
    groupUniqArrayIf(raw.payment_type, raw.payment_type != '') AS payment_types,
    groupUniqArrayIf(raw.shipping_tier, raw.shipping_tier != '') AS shipping_tiers
FROM {events:Identifier} AS raw
WHERE site = {site:String}
    AND (
        time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        OR time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {until:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    )
    <narrowed>
GROUP BY visitor, session
HAVING started >= {start:DateTime64(3, 'UTC')} AND started < {end:DateTime64(3, 'UTC')}
    OR started >= {since:DateTime64(3, 'UTC')} AND started < {until:DateTime64(3, 'UTC')}
