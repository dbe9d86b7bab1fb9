-- Whether any withdrawal awaits verification, so that queries must be filtered.
SELECT count() > 0
FROM pending
