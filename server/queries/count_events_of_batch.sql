-- How many rows of a batch arrived: all of them or none.
SELECT count()
FROM events
WHERE batch = {batch:UUID}
