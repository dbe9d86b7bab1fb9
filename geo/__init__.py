"""From an IP address to a place, out of a local database file. Knows nothing of events or HTTP."""
