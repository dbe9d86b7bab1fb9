-- Full withdrawals: the visitors are named by number, because a mutation's text is kept on disk.
ALTER TABLE events
    DELETE WHERE visitor IN
    (
        SELECT visitor
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND empty(purposes)
    )
