-- When the last session that begins on the day ended; 1970 when none does.
SELECT max(ended)
FROM rolled_sessions
WHERE site = {site:String} AND day = {day:Date} AND roll = {roll:UUID} AND begins
