-- step, visitors, milliseconds: how many visitors came to each step within the window, over their sessions, and the median time from the step before
-- A run begins at any view_item; of a visitor's runs the one that comes furthest counts, the earliest of these.
SELECT
    step,
    count() AS visitors,
    if(step = 1, NULL, quantileExactInclusive(0.5)(toFloat64(way[step] - way[if(step = 1, 1, step - 1)]))) AS milliseconds
FROM
(
    SELECT
        arrayMap(
            begin -> arrayFold(
                (way, moments) -> arrayPushBack(
                    way,
                    if(
                        arrayFirst(moment -> moment >= way[-1] AND moment - begin <= {window:UInt64} * 1000, moments) = 0,
                        toInt64(9223372036854775807),
                        arrayFirst(moment -> moment >= way[-1] AND moment - begin <= {window:UInt64} * 1000, moments)
                    )
                ),
                [
                    arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'add_to_cart')),
                    arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'begin_checkout')),
                    arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name IN ('add_shipping_info', 'add_payment_info', 'purchase'))),
                    arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name IN ('add_payment_info', 'purchase'))),
                    arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'purchase'))
                ],
                [begin]
            ),
            arraySort(groupArrayIf(toUnixTimestamp64Milli(time), name = 'view_item'))
        ) AS runs,
        arrayMax(run -> arrayCount(moment -> moment < 9223372036854775807, run), runs) AS level,
        arrayFirst(run -> arrayCount(moment -> moment < 9223372036854775807, run) = level, runs) AS way
    FROM events
    WHERE <shown>
        AND site = {site:String}
        AND name IN ('view_item', 'add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase')
        AND indexHint(toDate(time) >= toDate({start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY))
        AND time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
        AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        AND (visitor, session) IN
        (
            SELECT
                visitor,
                session
            FROM
            (
                <sessions>
            )
        )
    GROUP BY visitor
    HAVING countIf(name = 'view_item') > 0
)
ARRAY JOIN range(1, level + 1) AS step
GROUP BY step
ORDER BY step
