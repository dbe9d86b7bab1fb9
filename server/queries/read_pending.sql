-- Withdrawals on their way, with their receipts and sites.
SELECT machine, number, visitor, generation, purposes, receipt, site
FROM pending
