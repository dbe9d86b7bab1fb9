-- Sessions in the shape of Plausible's table: summed up while they happen, each state cancelling the one before.
CREATE TABLE peer_sessions
(
    session_id UInt64,
    sign Int8,
    site_id UInt64,
    user_id UInt64,
    is_bounce UInt8,
    entry_page String,
    pageviews Int32,
    events Int32,
    duration UInt32,
    acquisition_channel LowCardinality(String),
    country_code LowCardinality(String),
    screen_size LowCardinality(String),
    start DateTime,
    timestamp DateTime
)
ENGINE = VersionedCollapsingMergeTree(sign, events)
PARTITION BY toYYYYMM(start)
ORDER BY (site_id, toDate(start), user_id, session_id)
SAMPLE BY user_id
