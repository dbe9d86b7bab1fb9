-- visitors by day
SELECT
    toDate(start, {zone:String}) AS day,
    uniq(user_id)
FROM peer_sessions
WHERE site_id = 1
    AND start >= {start:DateTime}
    AND start < {end:DateTime}
GROUP BY day
ORDER BY day
