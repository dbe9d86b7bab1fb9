-- Receipts of withdrawals, without identity. The newest row of (machine, number) counts.
CREATE TABLE IF NOT EXISTS erasures
(
    machine UUID,
    number UInt64,
    receipt UUID,
    site LowCardinality(String),
    purposes Array(LowCardinality(String)),
    revision UInt64,
    requested DateTime64(3, 'UTC'),
    hidden Nullable(DateTime64(3, 'UTC')),
    erased Nullable(DateTime64(3, 'UTC')),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (machine, number)
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
