-- visitors, visits, bounce rate and duration of the period
SELECT
    uniq(user_id),
    sum(sign),
    sum(is_bounce * sign) / sum(sign),
    sum(duration * sign) / sum(sign),
    sum(pageviews * sign)
FROM peer_sessions
WHERE site_id = 1
    AND start >= {start:DateTime}
    AND start < {end:DateTime}
