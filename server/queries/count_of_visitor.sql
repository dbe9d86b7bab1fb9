-- How many events are stored about a visitor.
SELECT count()
FROM events
WHERE site = {site:String} AND visitor = {visitor:UUID}
