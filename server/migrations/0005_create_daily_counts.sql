-- Counters without personal data, mirrored from each machine's state: the newest row of a key counts.
CREATE TABLE IF NOT EXISTS daily_counts
(
    machine UUID,
    site LowCardinality(String),
    day Date,
    kind LowCardinality(String),
    detail String,
    count UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (site, day, kind, detail, machine)
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
