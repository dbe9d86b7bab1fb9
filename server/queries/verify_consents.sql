-- Events without a consent in force: none of visitor and generation, too early, too late or received after a newer one.
-- What a shop's server told stands on the consent that was in force when it was received, at the time of the order.
SELECT count()
FROM events
LEFT JOIN
(
    SELECT
        site,
        visitor,
        generation,
        toStartOfSecond(min(event_time)) AS begins,
        max(expiry_time) AS expires,
        leadInFrame(begins, 1, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) OVER
            (PARTITION BY site, visitor ORDER BY generation ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS superseded
    FROM consents
    WHERE event_type IN ('given', 'changed') AND has(purposes, 'statistics')
        AND visitor != toUUID('00000000-0000-0000-0000-000000000000')
    GROUP BY site, visitor, generation
) AS consent
ON events.site = consent.site AND events.visitor = consent.visitor AND events.generation = consent.generation
WHERE consent.generation = 0
    OR if(events.confirmed, events.received, events.time) < begins
    OR if(events.confirmed, events.received, events.time) >= expires
    OR events.received > superseded + INTERVAL 2 SECOND
