"""Values that every package shares: ids, addresses, events, causes, errors."""
