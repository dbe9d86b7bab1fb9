-- How many rolled sessions are past the retention of events.
SELECT count()
FROM rolled_sessions
WHERE started < {before:DateTime64(3, 'UTC')}
