-- visitor, session, ordered_until, left_step, left_at, currency, value, recovery: what each session with a cart did after its last purchase
-- with: transactions
-- The order that recovers a cart is the visitor's first one after it.
SELECT
    visitor,
    session,
    ordered_until,
    left_step,
    currency,
    value,
    left_step != '' AND placed_at > left_at AND placed_at <= left_at + INTERVAL 30 DAY AS is_recovered,
    placed.1 AS order_event,
    placed.2 AS order_currency,
    placed.3 AS order_value,
    date_diff('millisecond', left_at, placed_at) AS milliseconds_to_return
FROM
(
    SELECT
        visitor,
        session,
        ordered_until,
        arraySort(arrayFilter(told -> told.1 > ordered_until, all_told)) AS left, -- the cart as it was told
        arrayMax(told -> indexOf(['add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info'], told.3), left) AS furthest,
        ['', 'add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info'][furthest + 1] AS left_step,
        arrayMax(told -> told.1, left) AS left_at,
        arrayLast(told -> told.5 != '', left).5 AS currency,
        arrayLast(told -> told.5 = currency AND told.3 NOT IN ('add_to_cart', 'remove_from_cart'), left) AS whole,
        arraySum(
            told -> multiIf(
                told.5 != currency OR told.1 <= whole.1, toDecimal64(0, 4),
                told.3 = 'add_to_cart', told.4,
                told.3 = 'remove_from_cart', -told.4,
                toDecimal64(0, 4)
            ),
            left
        ) AS changed,
        greatest(toDecimal128(whole.4, 4) + changed, 0) AS value
    FROM
    (
        SELECT
            visitor,
            session,
            maxIf(time, name = 'purchase') AS ordered_until, -- 1970 when nothing was purchased
            groupArrayIf((time, event, toString(name), value, toString(currency)), name != 'purchase') AS all_told
        FROM events
        WHERE <shown>
            AND site = {site:String}
            AND trade
            AND name IN ('add_to_cart', 'remove_from_cart', 'view_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase')
            AND indexHint(toDate(time) >= toDate({since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY))
            AND (
                time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
                OR time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {until:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
            )
        GROUP BY visitor, session
        HAVING countIf(name IN ('add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info')) > 0
    )
) AS carts
ASOF LEFT JOIN
(
    SELECT
        visitor,
        at AS placed_at,
        (order_event, currency, value) AS placed
    FROM transactions
    WHERE kind = 'purchase'
) AS orders ON carts.visitor = orders.visitor AND carts.left_at < orders.placed_at
