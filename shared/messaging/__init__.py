"""Events out and in: the record and its relay, the consumers and their inbox, keys, leases."""
