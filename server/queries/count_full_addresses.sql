-- How many IP addresses are due to be shortened.
SELECT count()
FROM events
WHERE time < {before:DateTime64(3, 'UTC')} AND ip != '' AND ip != if(isIPv4String(ip),
        IPv4NumToString(bitAnd(toUInt32(toIPv4OrDefault(ip)), 4294967040)),
        IPv6NumToString(tupleElement(IPv6CIDRToRange(toIPv6OrDefault(ip), 48), 1)))
