-- Full IP addresses become their /24 or /48 network after a set time.
ALTER TABLE events
    UPDATE ip = if(isIPv4String(ip),
        IPv4NumToString(bitAnd(toUInt32(toIPv4OrDefault(ip)), 4294967040)),
        IPv6NumToString(tupleElement(IPv6CIDRToRange(toIPv6OrDefault(ip), 48), 1)))
    WHERE time < {before:DateTime64(3, 'UTC')} AND ip != '' AND ip != if(isIPv4String(ip),
        IPv4NumToString(bitAnd(toUInt32(toIPv4OrDefault(ip)), 4294967040)),
        IPv6NumToString(tupleElement(IPv6CIDRToRange(toIPv6OrDefault(ip), 48), 1)))
