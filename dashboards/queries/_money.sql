-- kind, visitor, session, order_event, currency, value, order_tax, order_shipping, coupon, …: orders, refunds, abandoned carts and the orders that recovered them
-- with: transactions, carts
SELECT
    kind,
    visitor,
    session,
    order_event,
    currency,
    toDecimal128(value, 4) AS value,
    order_tax,
    order_shipping,
    coupon,
    payment_type,
    shipping_tier,
    is_confirmed
FROM transactions
UNION ALL
SELECT
    'abandoned',
    visitor,
    session,
    order_event,
    currency,
    toDecimal128(value, 4),
    toDecimal64(0, 4),
    toDecimal64(0, 4),
    '',
    '',
    '',
    false
FROM carts
WHERE left_step != ''
UNION ALL
SELECT
    'recovered',
    visitor,
    session,
    order_event,
    order_currency,
    toDecimal128(order_value, 4),
    toDecimal64(0, 4),
    toDecimal64(0, 4),
    '',
    '',
    '',
    false
FROM carts
WHERE left_step != '' AND is_recovered
