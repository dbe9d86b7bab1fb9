-- How many events are past their retention.
SELECT count()
FROM events
WHERE time < {before:DateTime64(3, 'UTC')}
