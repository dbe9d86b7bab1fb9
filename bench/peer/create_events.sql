-- Events in the shape of Plausible's table: numeric ids, attributes of the session repeated on each event.
CREATE TABLE peer_events
(
    name LowCardinality(String),
    site_id UInt64,
    user_id UInt64,
    session_id UInt64,
    pathname String,
    timestamp DateTime
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (site_id, toDate(timestamp), name, user_id, timestamp)
SAMPLE BY user_id
