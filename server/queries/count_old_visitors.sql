-- How many decisions on which no event can be left still name a visitor.
SELECT count()
FROM consents
WHERE expiry_time < {before:DateTime64(3, 'UTC')} AND visitor != toUUID('00000000-0000-0000-0000-000000000000')
