"""The one safe way out to URLs that users gave: which addresses, which names, how much, and what is kept."""
