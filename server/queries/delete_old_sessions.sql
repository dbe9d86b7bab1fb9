-- Rolled sessions past the retention of events.
ALTER TABLE rolled_sessions
    DELETE WHERE started < {before:DateTime64(3, 'UTC')}
