-- Events stored twice.
SELECT count() - uniqExact(visitor, event)
FROM events
