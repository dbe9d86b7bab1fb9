-- Verified: the visitors' ids leave the read filter.
ALTER TABLE pending
    DELETE WHERE machine = {machine:UUID} AND number IN {numbers:Array(UInt64)}
