-- How many decisions are on record.
SELECT count()
FROM consents
