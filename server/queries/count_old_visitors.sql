-- How many decisions are older than any event and still name a visitor.
SELECT count()
FROM consents
WHERE event_time < {before:DateTime64(3, 'UTC')} AND visitor != toUUID('00000000-0000-0000-0000-000000000000')
