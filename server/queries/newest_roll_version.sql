-- The newest version of a roll of any day.
SELECT max(version)
FROM rolled_days
