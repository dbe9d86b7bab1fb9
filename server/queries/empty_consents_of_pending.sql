-- Full withdrawals: the decisions stay as proof, about nobody.
ALTER TABLE consents
    UPDATE visitor = toUUID('00000000-0000-0000-0000-000000000000') WHERE visitor IN
    (
        SELECT visitor
        FROM pending
        WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)} AND empty(purposes)
    )
