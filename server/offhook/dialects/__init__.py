"""How vendors spell things: one folder each. Pure."""
