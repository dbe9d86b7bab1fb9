-- How many rolled sessions are of a roll that does not count, or not any more.
SELECT count()
FROM rolled_sessions
WHERE roll NOT IN (SELECT argMax(roll, version) FROM rolled_days GROUP BY site, day)
