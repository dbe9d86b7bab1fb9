-- Withdrawals that another life of the state left unverified.
SELECT machine, number, visitor, generation, purposes
FROM pending
