-- What the optional parts of the script measure: columns and their purposes are those of EventRow.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS percent_scrolled UInt8 AFTER search_term,
    ADD COLUMN IF NOT EXISTS engagement_time_msec UInt32 AFTER percent_scrolled,
    ADD COLUMN IF NOT EXISTS metric_name LowCardinality(String) AFTER engagement_time_msec,
    ADD COLUMN IF NOT EXISTS metric_value Float32 AFTER metric_name,
    ADD COLUMN IF NOT EXISTS error_kind LowCardinality(String) AFTER metric_value,
    ADD COLUMN IF NOT EXISTS error_host LowCardinality(String) AFTER error_kind,
    ADD COLUMN IF NOT EXISTS error_line UInt32 AFTER error_host
