-- visitor, rows: everybody with raw rows, to be compared with the tombstones.
SELECT visitor, count() AS rows
FROM
(
    SELECT visitor FROM events
    UNION ALL
    SELECT visitor FROM rolled_sessions
    UNION ALL
    SELECT visitor FROM consents
)
WHERE visitor != toUUID('00000000-0000-0000-0000-000000000000')
GROUP BY visitor
