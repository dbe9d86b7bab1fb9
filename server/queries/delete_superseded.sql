-- Rolled sessions of rolls that do not count, or not any more.
ALTER TABLE rolled_sessions
    DELETE WHERE roll NOT IN (SELECT argMax(roll, version) FROM rolled_days GROUP BY site, day)
