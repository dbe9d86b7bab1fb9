-- visitor: who agrees, by the newest decision that is still in force, to being looked at as a person.
SELECT visitor
FROM consents
WHERE site = {site:String}
GROUP BY visitor
HAVING has(argMax(purposes, generation), 'profiling')
    AND argMax(expiry_time, generation) > {now:DateTime64(3, 'UTC')}
    AND has({agreed:Array(String)}, argMax(privacy_notice, generation)) -- versions whose profiling is today's
