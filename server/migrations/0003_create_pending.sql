-- Visitors whose withdrawal is not yet verified: no query shows them. `number` names an erasure without naming a visitor.
-- A state that lost them takes them over by what their rows say: one insert hides a visitor, and says it all.
CREATE TABLE IF NOT EXISTS pending
(
    machine UUID,
    number UInt64,
    visitor UUID,
    generation UInt32,
    purposes Array(LowCardinality(String)),
    receipt UUID,
    site LowCardinality(String),
    revision UInt64
)
ENGINE = MergeTree
ORDER BY (machine, number)
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    cleanup_delay_period = 1,
    cleanup_delay_period_random_add = 0,
    max_cleanup_delay_period = 2,
    merge_tree_clear_old_parts_interval_seconds = 1,
    merge_tree_clear_old_temporary_directories_interval_seconds = 1,
    temporary_directories_lifetime = 1
