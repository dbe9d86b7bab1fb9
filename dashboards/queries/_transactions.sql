-- kind, visitor, session, currency, value, order_tax, order_shipping, order_event, at, is_confirmed, …: each order once, by its first purchase event ever kept, and each refund
-- A purchase without an order number is an order of its own: nothing tells a repetition. Of all that came before, only
-- the order numbers are looked at. Orders of the month after are there too: they recover carts.
WITH told AS
(
    SELECT
        name,
        visitor,
        session,
        currency,
        value,
        tax,
        shipping,
        event,
        time,
        coupon,
        payment_type,
        shipping_tier,
        order,
        confirmed
    FROM events
    WHERE <shown>
        AND site = {site:String}
        AND trade
        AND name IN ('purchase', 'refund')
        AND indexHint(toDate(time) >= toDate({since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 32 DAY))
        AND (
            time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 32 DAY
            OR time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {until:DateTime64(3, 'UTC')} + INTERVAL 32 DAY
        )
)
SELECT
    kind,
    first.1 AS visitor,
    first.2 AS session,
    first.3 AS currency,
    first.4 AS value,
    first.5 AS order_tax,
    first.6 AS order_shipping,
    first.7 AS order_event,
    first.8 AS at,
    first.9 AS coupon,
    first.10 AS payment_type,
    first.11 AS shipping_tier,
    has(confirmed_as, (currency, value)) AS is_confirmed -- as it is counted
FROM
(
    SELECT
        name AS kind,
        any(order) AS number,
        groupUniqArrayIf((currency, value), confirmed) AS confirmed_as,
        argMin((visitor, session, currency, value, tax, shipping, event, time, coupon, payment_type, shipping_tier), (time, event)) AS first
    FROM told
    GROUP BY
        name,
        if(name = 'refund' OR order = '', toString(event), order)
) AS orders_told
LEFT JOIN
(
    SELECT
        order AS number,
        min(time) AS earliest
    FROM events
    WHERE <shown>
        AND site = {site:String}
        AND trade
        AND name = 'purchase'
        AND time < {start:DateTime64(3, 'UTC')}
        AND order IN (SELECT order FROM told WHERE name = 'purchase' AND order != '')
    GROUP BY order
) AS kept USING (number)
WHERE kind = 'refund' OR number = '' OR earliest = toDateTime64(0, 3, 'UTC') OR earliest >= at
