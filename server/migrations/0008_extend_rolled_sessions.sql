-- What of a session was told later than the others: pages that were not found, errors, whether a shipping cost was told.
ALTER TABLE rolled_sessions
    ADD COLUMN IF NOT EXISTS missing Array(String),
    ADD COLUMN IF NOT EXISTS errors Array(String),
    ADD COLUMN IF NOT EXISTS shipping_told Bool
