-- the goal `purchase`, for the rate of conversion
SELECT
    uniq(user_id),
    count()
FROM peer_events
WHERE site_id = 1
    AND name = 'purchase'
    AND timestamp >= {start:DateTime}
    AND timestamp < {end:DateTime}
