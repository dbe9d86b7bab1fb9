-- What `visible_events` is to `events`.
CREATE VIEW IF NOT EXISTS visible_rolled_sessions AS
SELECT *
FROM rolled_sessions
WHERE visitor NOT IN (SELECT visitor FROM pending)
