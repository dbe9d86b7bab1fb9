-- What a state that lost them needs to take pending withdrawals over: one insert hides a visitor, and says it all.
ALTER TABLE pending
    ADD COLUMN IF NOT EXISTS receipt UUID,
    ADD COLUMN IF NOT EXISTS site LowCardinality(String),
    ADD COLUMN IF NOT EXISTS revision UInt64
