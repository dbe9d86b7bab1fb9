-- How many IP addresses are due to be shortened.
SELECT count()
FROM events
WHERE time < {before:DateTime64(3, 'UTC')} AND ip != '' AND NOT endsWith(ip, '.0') AND NOT endsWith(ip, '::')
