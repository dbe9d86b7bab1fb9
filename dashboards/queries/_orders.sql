-- visitor, session, placed, confirmed_placed: how many orders each session placed, and how many of them the server told too
-- with: transactions
SELECT
    visitor,
    session,
    count() AS placed,
    countIf(is_confirmed) AS confirmed_placed
FROM transactions
WHERE kind = 'purchase'
GROUP BY visitor, session
