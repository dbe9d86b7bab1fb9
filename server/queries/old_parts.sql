-- part: files that ClickHouse has replaced and not yet unlinked.
SELECT concat(table, '/', name) AS part
FROM system.parts
WHERE database = currentDatabase() AND table IN {tables:Array(String)} AND NOT active
