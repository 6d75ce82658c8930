"""The one way out to URLs that users gave us."""
