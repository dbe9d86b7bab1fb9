-- End a query whose answer was lost, and wait until it has ended; nothing happens where it has.
KILL QUERY WHERE query_id = {query_id:String} SYNC
