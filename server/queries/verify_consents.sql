-- Events without a consent in force at their time: no record of visitor and generation, too early, too late.
SELECT count()
FROM events
LEFT ANTI JOIN
(
    SELECT site, visitor, generation, event_time, expiry_time
    FROM consents
    WHERE event_type IN ('given', 'changed') AND has(purposes, 'statistics')
) AS consent
ON events.site = consent.site AND events.visitor = consent.visitor AND events.generation = consent.generation
    AND events.time >= toStartOfSecond(consent.event_time) AND events.time < consent.expiry_time
