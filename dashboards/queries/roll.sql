-- site, day, roll, begins, own, then the columns of told_sessions: the sessions of one day, ready to be put down in rolled_sessions
-- with: told_sessions
-- Those that began earlier are there too, so that `own` sums up to the day's events; `begins` tells them apart.
SELECT
    {site:String} AS site,
    {day:Date} AS day,
    {roll:UUID} AS roll,
    toDate(started) = {day:Date} AS begins,
    own,
    * EXCEPT (own)
FROM told_sessions
WHERE own > 0
