-- Parts that were set aside: their rows are in files, and no query or mutation sees them.
SELECT count()
FROM system.detached_parts
WHERE database = currentDatabase() AND table IN {tables:Array(String)}
