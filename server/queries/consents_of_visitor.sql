-- Every column that is about the visitor, for the access copy; a batch id is about the machine.
SELECT * EXCEPT (batch)
FROM consents
WHERE site = {site:String} AND visitor = {visitor:UUID}
ORDER BY event_time
