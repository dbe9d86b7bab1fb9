-- How many rows still hold marketing columns that were withdrawn.
SELECT count()
FROM events
WHERE (click_id_kind != '' OR click_id != '') AND (visitor, generation) IN
    (
        SELECT visitor, arrayJoin(range(toUInt32(0), toUInt32(generation + 1)))
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND has(purposes, 'marketing')
    )
