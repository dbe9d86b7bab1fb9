-- A view keeps the columns of the day it was made: this one shows those that came since.
CREATE OR REPLACE VIEW visible_events AS
SELECT *
FROM events
WHERE visitor NOT IN (SELECT visitor FROM pending)
