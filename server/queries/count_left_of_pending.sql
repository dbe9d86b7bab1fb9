-- How many raw rows are left of visitors who withdrew everything.
WITH gone AS
(
    SELECT visitor
    FROM pending
    WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND empty(purposes)
)
SELECT
    (SELECT count() FROM events WHERE visitor IN (SELECT visitor FROM gone))
    + (SELECT count() FROM rolled_sessions WHERE visitor IN (SELECT visitor FROM gone))
    + (SELECT count() FROM consents WHERE visitor IN (SELECT visitor FROM gone))
