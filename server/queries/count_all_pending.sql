-- How many withdrawals await verification; also asked to see whether ClickHouse answers at all.
SELECT count()
FROM pending
