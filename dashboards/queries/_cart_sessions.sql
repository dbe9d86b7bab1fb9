-- visitor, session, has_cart, …: each session with a cart once, ready to stand beside the sessions
-- with: carts
SELECT
    visitor,
    session,
    true AS has_cart,
    left_step,
    ordered_until,
    is_recovered,
    order_event AS recovering_order,
    milliseconds_to_return
FROM carts
