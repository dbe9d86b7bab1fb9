-- visitor: who agrees, by the newest decision, to being looked at as a person.
SELECT visitor
FROM consents
WHERE site = {site:String}
GROUP BY visitor
HAVING has(argMax(purposes, generation), 'profiling')
