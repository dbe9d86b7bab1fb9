-- Pending withdrawals that no unfinished erasure of this machine will finish.
SELECT count()
FROM pending
WHERE NOT (machine = {machine:UUID} AND number IN {numbers:Array(UInt64)})
