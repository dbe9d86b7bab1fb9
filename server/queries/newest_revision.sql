-- The newest decision of this machine's state that ClickHouse has heard of.
SELECT max(revision)
FROM erasures
WHERE machine = {machine:UUID}
