-- Partial withdrawals: the columns of marketing become empty, up to the generation that was withdrawn.
ALTER TABLE events
    UPDATE click_id_kind = '', click_id = '' WHERE (click_id_kind != '' OR click_id != '') AND (visitor, generation) IN
    (
        SELECT visitor, arrayJoin(range(toUInt32(0), toUInt32(generation + 1)))
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND has(purposes, 'marketing')
    )
