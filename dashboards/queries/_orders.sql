-- visitor, session, placed: how many orders each session placed
-- with: transactions
SELECT
    visitor,
    session,
    count() AS placed
FROM transactions
WHERE kind = 'purchase'
GROUP BY visitor, session
