-- The ids of the events that are stored about a visitor.
SELECT event
FROM events
WHERE site = {site:String} AND visitor = {visitor:UUID}
