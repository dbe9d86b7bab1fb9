-- kind, visitor, session, currency, value, tax, shipping: each order once, by its first purchase event ever kept, and each refund.
-- A purchase without an order number is an order of its own: nothing tells a repetition.
SELECT
    kind,
    first.1 AS visitor,
    first.2 AS session,
    first.3 AS currency,
    first.4 AS value,
    first.5 AS tax,
    first.6 AS shipping
FROM
(
    SELECT
        name AS kind,
        argMin((visitor, session, currency, value, tax, shipping), (time, event)) AS first
    FROM {events:Identifier}
    WHERE site = {site:String}
        AND name IN ('purchase', 'refund')
        AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    GROUP BY
        name,
        if(name = 'refund' OR order = '', toString(event), order)
)
