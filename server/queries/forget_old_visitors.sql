-- Decisions older than any event: about nobody any more.
ALTER TABLE consents
    UPDATE visitor = toUUID('00000000-0000-0000-0000-000000000000') WHERE event_time < {before:DateTime64(3, 'UTC')} AND visitor != toUUID('00000000-0000-0000-0000-000000000000')
