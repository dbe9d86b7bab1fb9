-- A view keeps the columns of the day it was made: this one has those that 0009 added.
CREATE OR REPLACE VIEW visible_events AS
SELECT *
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
