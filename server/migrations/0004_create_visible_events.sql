-- Events that may be shown while a withdrawal is pending. With none pending, readers take `events` itself.
CREATE VIEW IF NOT EXISTS visible_events AS
SELECT *
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
