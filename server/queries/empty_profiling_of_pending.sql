-- Partial withdrawals: the columns of profiling become empty, up to the generation that was withdrawn.
ALTER TABLE events
    UPDATE customer = '' WHERE customer != '' AND (visitor, generation) IN
    (
        SELECT visitor, arrayJoin(range(toUInt32(0), toUInt32(generation + 1)))
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND has(purposes, 'profiling')
    )
