-- Decisions recorded twice.
SELECT count() - uniqExact(record_id)
FROM consents
