-- cohort, week, whole, visitors: of the visitors born in each week of the period, who had a session so many weeks later; `whole` is all of them
SELECT
    toMonday(born_at, {zone:String}) AS cohort,
    intDiv(date_diff('day', cohort, toMonday(started, {zone:String})), 7) AS week,
    grouping(week) AS whole,
    uniqExact(person) AS visitors
FROM
(
    <sessions>
)
WHERE born_at >= {start:DateTime64(3, 'UTC')}
GROUP BY GROUPING SETS ((cohort), (cohort, week))
ORDER BY cohort, whole DESC, week
