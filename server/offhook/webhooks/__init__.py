"""Safe HTTP requests to URLs that users gave us."""
