-- The newest version of this machine's counters.
SELECT max(version)
FROM daily_counts
WHERE machine = {machine:UUID}
