-- A view keeps the columns of the day it was made: this one has the one that 0011 added. `trade` is not among `*`.
CREATE OR REPLACE VIEW visible_events AS
SELECT *, trade
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
