-- sessions, open: the sessions that match, and how many of them may be looked at singly
-- with: profiled
SELECT
    count() AS sessions,
    countIf(visitor IN (SELECT visitor FROM profiled)) AS open
FROM
(
    <sessions>
)
