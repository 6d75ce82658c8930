"""Values that every room shares: ids, addresses, events, causes, errors."""
