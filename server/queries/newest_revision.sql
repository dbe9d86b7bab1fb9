-- The newest decision of this machine's state that ClickHouse has heard of.
SELECT max(revision)
FROM
(
    SELECT revision FROM erasures WHERE machine = {machine:UUID}
    UNION ALL
    SELECT revision FROM pending WHERE machine = {machine:UUID}
)
