-- answer, answers: how visitors answered the question
-- with: counters
SELECT
    if(kind = 'others', 'refused', kind) AS answer, -- who agreed, but not to statistics, is in no figure
    sum(newest) AS answers
FROM counters
WHERE kind IN ('accepted', 'partly', 'others', 'refused')
GROUP BY answer
ORDER BY answer
