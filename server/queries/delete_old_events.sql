-- Events past their retention.
ALTER TABLE events
    DELETE WHERE time < {before:DateTime64(3, 'UTC')}
