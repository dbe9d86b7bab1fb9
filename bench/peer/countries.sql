-- countries with most visitors
SELECT
    country_code,
    uniq(user_id) AS visitors,
    sum(sign),
    sum(is_bounce * sign) / sum(sign)
FROM peer_sessions
WHERE site_id = 1
    AND start >= {start:DateTime}
    AND start < {end:DateTime}
GROUP BY country_code
ORDER BY visitors DESC
LIMIT 9
