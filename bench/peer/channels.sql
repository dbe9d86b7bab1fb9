-- channels with most visitors
SELECT
    acquisition_channel,
    uniq(user_id) AS visitors,
    sum(sign),
    sum(is_bounce * sign) / sum(sign)
FROM peer_sessions
WHERE site_id = 1
    AND start >= {start:DateTime}
    AND start < {end:DateTime}
GROUP BY acquisition_channel
ORDER BY visitors DESC
LIMIT 9
