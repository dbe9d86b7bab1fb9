-- Full withdrawals: the visitors' sessions of days that are rolled up.
ALTER TABLE rolled_sessions
    DELETE WHERE visitor IN
    (
        SELECT visitor
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND empty(purposes)
    )
