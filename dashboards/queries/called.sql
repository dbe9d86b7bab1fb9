-- item, called: the name that most events of the period's sessions give to each of some items
-- with: item_rows
SELECT
    item,
    <called> AS called
FROM
(
    <sessions>
) AS matching
INNER JOIN item_rows USING (visitor, session)
WHERE has({items:Array(String)}, item)
GROUP BY item
