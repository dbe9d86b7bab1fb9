-- Whether ClickHouse holds anything that needs a state.
SELECT count()
FROM events
