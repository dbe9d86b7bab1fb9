-- grouped, the keys, the metrics: metrics of one grain by one or several groupings of it; the generator fills in the registry's fragments
SELECT
    grouping(<keys>) AS grouped,
    <keys>,
    <metrics>
FROM
(
    <sessions>
)
<unfolded>
GROUP BY GROUPING SETS (<sets>)
<having>
ORDER BY grouped, period, <order>
LIMIT {rows:UInt32} BY <limited>
