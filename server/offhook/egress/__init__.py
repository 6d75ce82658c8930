"""Safe requests to URLs that users gave: which addresses and names, how much is read, and what is cached."""
