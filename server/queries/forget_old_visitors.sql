-- Decisions on which no event can be left: about nobody any more.
ALTER TABLE consents
    UPDATE visitor = toUUID('00000000-0000-0000-0000-000000000000') WHERE expiry_time < {before:DateTime64(3, 'UTC')} AND visitor != toUUID('00000000-0000-0000-0000-000000000000')
