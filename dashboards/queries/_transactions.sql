-- kind, visitor, session, currency, value, order_tax, order_shipping, order_event, at, coupon, …: each order once, by its first purchase event ever kept, and each refund
-- A purchase without an order number is an order of its own: nothing tells a repetition. Orders of the month after
-- the period are there too: they recover carts.
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
    first.11 AS shipping_tier
FROM
(
    SELECT
        name AS kind,
        argMin((visitor, session, currency, value, tax, shipping, event, time, coupon, payment_type, shipping_tier), (time, event)) AS first
    FROM {events:Identifier}
    WHERE site = {site:String}
        AND name IN ('purchase', 'refund')
        AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 32 DAY
    GROUP BY
        name,
        if(name = 'refund' OR order = '', toString(event), order)
)
