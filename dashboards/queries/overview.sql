-- period, bucket, whole, visitors, returning, sessions, page_views, bounces, milliseconds, view_item … purchase
-- with: sessions
-- The row with `whole` is the period itself; the others are its buckets: hours in seconds, else days, since 1970.
SELECT
    if(started >= {start:DateTime64(3, 'UTC')}, 'current', 'previous') AS period,
    multiIf(
        {step:String} = 'hour', toUnixTimestamp(toStartOfHour(started, {zone:String})),
        {step:String} = 'week', toUInt32(toMonday(started, {zone:String})),
        {step:String} = 'month', toUInt32(toStartOfMonth(started, {zone:String})),
        toUInt32(toDate(started, {zone:String}))
    ) AS bucket,
    grouping(bucket) AS whole,
    uniqExact(visitor) AS visitors,
    uniqExactIf(visitor, returned) AS returning,
    count() AS sessions,
    sum(views) AS page_views,
    countIf(events = 1 AND views = 1) AS bounces,
    sum(date_diff('millisecond', started, ended)) AS milliseconds,
    countIf(funnel_level >= 1) AS view_item,
    countIf(funnel_level >= 2) AS add_to_cart,
    countIf(funnel_level >= 3) AS begin_checkout,
    countIf(funnel_level >= 4) AS add_shipping_info,
    countIf(funnel_level >= 5) AS add_payment_info,
    countIf(funnel_level >= 6) AS purchase
FROM
(
    SELECT
        *,
        if(
            started >= {start:DateTime64(3, 'UTC')},
            visitor IN (SELECT visitor FROM {events:Identifier} WHERE site = {site:String} AND time < {start:DateTime64(3, 'UTC')}),
            visitor IN (SELECT visitor FROM {events:Identifier} WHERE site = {site:String} AND time < {since:DateTime64(3, 'UTC')})
        ) AS returned
    FROM sessions
)
GROUP BY GROUPING SETS ((period), (period, bucket))
ORDER BY period, whole DESC, bucket
