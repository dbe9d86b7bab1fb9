-- kind, visitor, session, at, order_event, item, item_name, item_category, item_brand, currency, price, quantity: items of events
-- with: transactions
-- Of purchases only those that are the first of their order number.
SELECT
    toString(name) AS kind,
    visitor,
    session,
    time AS at,
    event AS order_event,
    `items.item_id` AS item,
    `items.item_name` AS item_name,
    `items.item_category` AS item_category,
    `items.item_brand` AS item_brand,
    currency,
    `items.price` AS price,
    `items.quantity` AS quantity
FROM events
ARRAY JOIN
    `items.item_id`,
    `items.item_name`,
    `items.item_category`,
    `items.item_brand`,
    `items.price`,
    `items.quantity`
WHERE <shown>
    AND site = {site:String}
    AND name IN ('view_item', 'add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase', 'refund')
    AND indexHint(toDate(time) >= toDate({since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY))
    AND (
        time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        OR time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {until:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    )
    AND (name != 'purchase' OR event IN (SELECT order_event FROM transactions WHERE kind = 'purchase'))
