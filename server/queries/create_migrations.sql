-- Which migrations this database has seen.
CREATE TABLE IF NOT EXISTS migrations
(
    name String,
    applied DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY name
