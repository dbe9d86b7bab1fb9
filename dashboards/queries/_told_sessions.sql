-- visitor, session, person, …: what each session did, from the events of the given days; queries/roll.sql keeps it, column by column
-- A session that begins the day before its first given day is cut there. Columns that nothing asks for are left out (narrowing.py).
-- Of two events of one moment, that one is first whose value hashes lower: every look agrees, whatever is read first.
WITH value -> toUnixTimestamp64Milli(time) * 1048576 + cityHash64(value) % 1048576 AS instant
SELECT
    visitor,
    session,
    cityHash64(visitor) AS person, -- counted faster than the id itself
    min(time) AS started,
    max(time) AS ended,
    min(raw.born) AS born_at,
    count() AS events,
    -- what a visitor did: what a page measures of itself and tells of what it shows must not change who bounced
    countIf(
        name NOT IN (
            'scroll', 'user_engagement', 'web_vitals', 'exception', 'page_not_found',
            'view_item', 'view_item_list', 'view_promotion', 'view_cart', 'view_search_results'
        )
    ) + (countIf(name = 'view_item') > 1) AS acts, -- a page that shows another product was asked for it
    countIf(name = 'page_view') AS views,
    countIf(name = 'purchase') AS purchased,
    argMinIf(path, instant(path), name = 'page_view') AS entry_page,
    argMaxIf(path, instant(path), name = 'page_view') AS exit_page,
    argMinIf(referrer_domain, instant(referrer_domain), name = 'page_view') AS referrer,
    argMinIf(raw.referrer_host, instant(raw.referrer_host), name = 'page_view') AS referrer_host,
    argMinIf(raw.referrer_url, instant(raw.referrer_url), name = 'page_view') AS referrer_url,
    argMinIf(raw.channel, instant(raw.channel), name = 'page_view') AS channel,
    argMinIf(utm_campaign, instant(utm_campaign), name = 'page_view') AS campaign,
    argMinIf(utm_source, instant(utm_source), name = 'page_view') AS source,
    argMinIf(utm_medium, instant(utm_medium), name = 'page_view') AS medium,
    argMinIf(utm_term, instant(utm_term), name = 'page_view') AS term,
    argMinIf(utm_content, instant(utm_content), name = 'page_view') AS content,
    argMin(raw.country, instant(raw.country)) AS country,
    argMin(raw.region, instant(raw.region)) AS region,
    argMin(raw.city, instant(raw.city)) AS city,
    argMin(raw.browser, instant(raw.browser)) AS browser,
    trimRight(argMin(concat(raw.browser, ' ', browser_version), instant(concat(raw.browser, ' ', browser_version)))) AS browser_release,
    argMin(raw.system, instant(raw.system)) AS system,
    argMin(raw.device, instant(raw.device)) AS device,
    windowFunnel(172800000)
    (
        toUInt64(toUnixTimestamp64Milli(time)),
        name = 'view_item',
        name = 'add_to_cart',
        name = 'begin_checkout',
        name IN ('add_shipping_info', 'add_payment_info', 'purchase'), -- who chose a payment or ordered has chosen it, told or not
        name IN ('add_payment_info', 'purchase'),
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
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name IN ('add_shipping_info', 'add_payment_info', 'purchase'))),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name IN ('add_payment_info', 'purchase'))),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'purchase'))
        ],
        [toInt64(1)]
    ) AS way, -- after a first 1, when each step was reached, in milliseconds; the greatest number when it was not
    arrayMap(seen -> seen.2, arraySort(groupArrayIf((instant(path), path), name = 'page_view'))) AS trail, -- pages in the order of time
    groupUniqArray(name) AS names,
    groupUniqArrayIf(raw.search_term, raw.search_term != '') AS searches,
    groupUniqArrayArray(`items.item_id`) AS items,
    groupUniqArrayArray(`items.item_category`) AS categories,
    groupUniqArrayArray(`items.item_brand`) AS brands,
    groupUniqArrayIf(raw.coupon, raw.coupon != '') AS coupons,
    groupUniqArrayIf(raw.payment_type, raw.payment_type != '') AS payment_types,
    groupUniqArrayIf(raw.shipping_tier, raw.shipping_tier != '') AS shipping_tiers,
    groupArrayIf(path, name = 'page_not_found') AS missing,
    groupUniqArrayIf(if(error_kind = '', 'error', error_kind), name = 'exception') AS errors,
    countIf(raw.shipping > 0 AND name NOT IN ('purchase', 'refund')) > 0 AS shipping_told<more>
FROM events AS raw
WHERE <shown>
    AND site = {site:String}
    AND toDate(time) IN {told_days:Array(Date)}
GROUP BY visitor, session
