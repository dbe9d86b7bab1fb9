-- currency, booked_orders, booked_purchases, booked_refunds, joined_orders: what the shop's server told of all orders
-- with: counters
-- Counters hold ten-thousandths of a currency's unit.
SELECT
    detail AS currency,
    sumIf(newest, kind = 'ordered') AS booked_orders,
    toDecimal128(sumIf(newest, kind = 'ordered_value'), 4) / 10000 AS booked_purchases,
    toDecimal128(sumIf(newest, kind = 'refunded_value'), 4) / 10000 AS booked_refunds,
    sumIf(newest, kind = 'joined') AS joined_orders
FROM counters
WHERE kind IN ('ordered', 'ordered_value', 'refunded_value', 'joined')
GROUP BY currency
ORDER BY booked_purchases DESC, currency
