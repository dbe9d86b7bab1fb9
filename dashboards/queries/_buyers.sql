-- visitor: who ordered or got money back at about the time; a scan of sessions that is about orders may leave out all others
SELECT visitor
FROM {events:Identifier}
WHERE site = {site:String}
    AND trade
    AND name IN ('purchase', 'refund')
    AND (
        time >= {start:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        OR time >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND time < {until:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
    )
