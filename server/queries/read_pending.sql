-- Withdrawals on their way, with the receipt and site that ClickHouse was told of.
SELECT pending.machine AS machine, pending.number AS number, visitor, generation, pending.purposes AS purposes, receipt, site
FROM pending
LEFT JOIN (SELECT machine, number, receipt, site FROM erasures FINAL) AS told
ON pending.machine = told.machine AND pending.number = told.number
