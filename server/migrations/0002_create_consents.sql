-- Every decision, with what was shown. A full withdrawal empties `visitor`; the rest is proof without identity.
CREATE TABLE IF NOT EXISTS consents
(
    record_id UUID,
    schema_version LowCardinality(String),
    site LowCardinality(String),
    visitor UUID,
    generation UInt32,
    event_type LowCardinality(String),
    event_time DateTime64(3, 'UTC'),
    expiry_time DateTime('UTC'),
    purposes Array(LowCardinality(String)),
    privacy_notice LowCardinality(String),
    shown LowCardinality(String),
    language LowCardinality(String),
    layout LowCardinality(String),
    surface LowCardinality(String),
    method LowCardinality(String),
    gpc Bool,
    gpc_conflict Bool,
    batch UUID
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (site, toDate(event_time))
SETTINGS fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 1000,
    max_bytes_to_merge_at_max_space_in_pool = 16777216,
    merge_selector_base = 15,
    old_parts_lifetime = 1,
    cleanup_delay_period = 1,
    cleanup_delay_period_random_add = 0,
    max_cleanup_delay_period = 2,
    merge_tree_clear_old_parts_interval_seconds = 1,
    merge_tree_clear_old_temporary_directories_interval_seconds = 1,
    temporary_directories_lifetime = 1
