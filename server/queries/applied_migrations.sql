-- name
SELECT DISTINCT name
FROM migrations
