-- A view keeps the columns of the day it was made: this one has the one that 0011 added.
CREATE OR REPLACE VIEW visible_events AS
SELECT *
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
