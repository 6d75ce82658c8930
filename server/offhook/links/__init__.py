"""How an endpoint is reached: one package for each protocol, and the router."""
