-- item, called: the name that most events of the period's sessions give to each of some items
SELECT
    item,
    <called> AS called
FROM
(
    SELECT
        visitor,
        session,
        `items.item_id` AS item,
        `items.item_name` AS item_name
    FROM events
    ARRAY JOIN
        `items.item_id`,
        `items.item_name`
    WHERE <shown>
        AND site = {site:String}
        AND indexHint(toDate(time) >= toDate({start:DateTime64(3, 'UTC')}) AND toDate(time) <= toDate({end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY))
        AND time >= {start:DateTime64(3, 'UTC')}
        AND time < {end:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        AND has({items:Array(String)}, `items.item_id`)
) AS named
WHERE (visitor, session) IN
(
    SELECT
        visitor,
        session
    FROM
    (
        <sessions>
    )
)
GROUP BY item
