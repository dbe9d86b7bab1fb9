-- Events that may be shown while a withdrawal is pending. With none pending, readers take `events` itself.
-- A view keeps the columns of the day it was made: whoever adds one renews it. `trade` is not among `*`.
CREATE VIEW IF NOT EXISTS visible_events AS
SELECT *, trade
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
