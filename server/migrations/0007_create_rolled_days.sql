-- Which roll of each day counts: the newest version, if its definition is the program's. `last_day` is the last day on which something could change its sessions;
-- `is_whole` says that this day was over too when it was rolled up.
CREATE TABLE IF NOT EXISTS rolled_days
(
    site LowCardinality(String),
    day Date,
    roll UUID,
    definition LowCardinality(String),
    last_day Date,
    is_whole Bool,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (site, day)
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
